import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { codeOf, messageOf } from '../errors.ts'

export interface DaemonProcess {
  /** Resolves when it has ended, with a sentence that says how and its last words. */
  readonly ended: Promise<string>
  /** What it wrote last. */
  lastWords(): string
}

const LAST_LINES = 5

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

/**
 * Starts the engine's daemon so that it outlives this window.
 * @param logPath gets its output; a pipe of ours would break when we leave
 */
export function startDaemonProcess(command: readonly [string, ...string[]], logPath: string): DaemonProcess {
  const { promise, resolve } = Promise.withResolvers<string>()
  const log = openSync(logPath, 'w', 0o600)
  const child = spawn('/bin/bash', ['-c', CLEAN_START, 'engine', ...command], { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.on('error', (error) => resolve(`The engine could not be started: ${messageOf(error)}.`))
  child.on('exit', (code, signal) => resolve(`The engine ended at once (${signal ?? `code ${code}`}). ${lastLines(logPath)}`))
  child.unref()
  return { ended: promise, lastWords: () => lastLines(logPath) }
}

function lastLines(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(-LAST_LINES).join('\n')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '' // Somebody tidied up; how it ended is worth telling all the same.
    throw error
  }
}
