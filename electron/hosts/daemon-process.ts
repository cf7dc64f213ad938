import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { messageOf } from '../errors.ts'
import { lastLinesOf } from './last-lines.ts'

export interface DaemonProcess {
  /** Resolves when it has ended, with a sentence that says how and its last words. */
  readonly ended: Promise<string>
  /** What it wrote last. */
  lastWords(): string
}

/**
 * Chromium leaves files of its own open for children and, as root, runs at a higher priority. A daemon that outlives the
 * window must keep neither: it would hold the window's sockets, and containers would inherit the priority.
 */
const CLEAN_START = `
for fd in /dev/fd/*; do
  fd=\${fd##*/}
  if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
done
renice -n 0 -p $$ >/dev/null
exec "$@"`

/** Starts the engine's daemon so that it outlives this window. @param logPath gets its output */
export function startDaemonProcess(command: readonly [string, ...string[]], logPath: string): DaemonProcess {
  const { ended } = startDetached(command, logPath)
  const told = ended.then(
    (how) => `The engine ended at once (${typeof how === 'number' ? `code ${how}` : how}). ${lastLinesOf(logPath)}`,
    (error: unknown) => `The engine could not be started: ${messageOf(error)}.`,
  )
  return { ended: told, lastWords: () => lastLinesOf(logPath) }
}

/**
 * Starts a program that may outlive this window.
 * @param logPath gets its output; a pipe of ours would break when we leave
 * @returns its exit code, or the signal that ended it; rejected when it could not be started
 */
export function startDetached(command: readonly [string, ...string[]], logPath: string): { readonly ended: Promise<number | NodeJS.Signals> } {
  const { promise, resolve, reject } = Promise.withResolvers<number | NodeJS.Signals>()
  const log = openSync(logPath, 'w', 0o600)
  const child = spawn('/bin/bash', ['-c', CLEAN_START, 'engine', ...command], { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.on('error', reject)
  child.on('exit', (code, signal) => resolve(signal ?? code ?? 0))
  child.unref()
  return { ended: promise }
}
