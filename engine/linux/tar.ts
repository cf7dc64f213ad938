import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { feed } from './feed.ts'
import { ToolError } from './run.ts'

/**
 * Unpacks a tar stream into a folder with owners, modes, times, device nodes and all extended attributes.
 * @throws ToolError with tar's words; of a full disk, Error in one line
 * @see tar(1)
 */
export async function extractTar(source: Readable, folder: string): Promise<void> {
  const args = ['--extract', '--file=-', `--directory=${folder}`, '--numeric-owner', '--same-owner', '--preserve-permissions', '--xattrs', '--xattrs-include=*']
  const child = spawn('tar', args, { stdio: ['pipe', 'ignore', 'pipe'] })
  const complaint = text(child.stderr)
  const ended = exited(child, ['tar', ...args], complaint)
  ended.catch(() => undefined) // Looked at below; until then it would be a rejection that nobody handles.
  try {
    await feed(source, child.stdin, ended)
  } catch (error) {
    child.kill('SIGKILL')
    await ended.catch(() => undefined)
    // On a full disk tar complains of every file.
    const isFull = error instanceof ToolError && /No space left on device|Wrote only/.test(error.stderr)
    throw isFull ? new Error(`write ${folder}: no space left on device`, { cause: error }) : error
  }
}

/** An archive that is being made: `stream` must be read to its end or destroyed, and is whole only once `done` is. */
export interface PackedTar {
  readonly stream: Readable
  /** @throws ToolError with tar's words */
  readonly done: Promise<void>
}

/** For {@link packTar}: names without the `./` that tar puts in front of what it finds below `.`; targets of symbolic links stay. */
export const BARE_NAMES = '--transform=flags=rh;s,^\\./,,'

/** For {@link packTar}: times without fractions, as in docker's archives. Each fraction would cost a header of its own. */
export const WHOLE_SECONDS = '--pax-option=delete=mtime'

/** For {@link packTar} of what changes meanwhile: what cannot be read any more is left out. */
export const SKIP_UNREADABLE = '--ignore-failed-read'

/**
 * Packs paths of a folder as a tar stream. No symbolic link is followed, whatever happens below the folder meanwhile:
 * tar opens one name at a time, from folder to folder.
 * @param names relative to the folder, e.g. `['.']`
 */
export function packTar(folder: string, names: readonly string[], extra: readonly string[] = []): PackedTar {
  const args = [
    '--create',
    '--file=-',
    `--directory=${folder}`,
    '--numeric-owner',
    '--format=pax',
    '--pax-option=delete=atime,delete=ctime',
    '--xattrs',
    '--xattrs-include=*',
    '--sort=name',
    ...extra,
    '--',
    ...names,
  ]
  const child = spawn('tar', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const done = exited(child, ['tar', ...args], text(child.stderr), [0, 1])
  child.stdout.once('close', () => {
    if (!child.stdout.readableEnded) child.kill() // The reader went away.
  })
  return { stream: child.stdout, done }
}

/** GNU tar leaves with 1 when a file changed while it was read: for a live container that is life. */
async function exited(child: ReturnType<typeof spawn>, command: readonly string[], complaint: Promise<string>, good: readonly number[] = [0]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', (cause) => reject(new ToolError(command, { exitCode: null, signal: null, stderr: cause.message, cause })))
  child.once('close', async (exitCode, signal) => {
    if (exitCode !== null && good.includes(exitCode)) resolve()
    else reject(new ToolError(command, { exitCode, signal, stderr: await complaint }))
  })
  return promise
}
