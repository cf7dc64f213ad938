import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { DirectoryHandle } from './directory-handle.ts'

/** Only names the file: opening a pipe does not wait, opening a device starts nothing. Node has no constant for it. @see open(2) */
const O_PATH = 0o10000000
/** The kernel's own limit. @see path_resolution(7) */
const MAX_LINKS = 40

/** A file or folder that is held open by name. */
export interface OpenPath extends AsyncDisposable {
  /** Leads there, and only there, also for other processes, for as long as this is open. A link, to be followed. @see proc(5), /proc/pid/fd */
  readonly path: string
  /** For those who do not follow links: its name in the open folder that has it, by which somebody may put something else there. */
  readonly entry: string
  readonly isFolder: boolean
}

/** The path leads out of the folder that it should stay in. */
export class EscapesBase extends Error {}

/**
 * Opens what is at a path below a folder, whatever somebody renames or links there meanwhile: names are looked up one at a
 * time in open folders, and links are read and followed here. What openat2(2) does with RESOLVE_BENEATH, which Node has not.
 * @param base a path that nobody but the engine can change
 * @throws EscapesBase for a link or `..` that leads out, also for every absolute link
 * @throws Error `ENOENT`, `ENOTDIR`, `ELOOP`
 */
export async function openBeneath(base: string, subpath: string): Promise<OpenPath> {
  await using undo = new AsyncDisposableStack()
  const folders = [undo.use(await DirectoryHandle.open(base))]
  const pending = namesOf(Buffer.from(subpath).toString('latin1'))
  for (let links = 0; ; ) {
    const here = folders.at(-1)
    if (!here) throw new EscapesBase(subpath)
    const name = pending.shift()
    if (name === undefined) {
      const kept = undo.move()
      return { path: here.path, entry: here.path, isFolder: true, [Symbol.asyncDispose]: () => kept.disposeAsync() }
    }
    if (name === '..') {
      folders.pop()
      continue
    }
    const target = await here.linkOf(name)
    if (target !== undefined) {
      if (++links > MAX_LINKS) throw tooManyLinks()
      if (target.startsWith('/')) throw new EscapesBase(subpath)
      pending.unshift(...namesOf(target))
    } else if (pending.length > 0 || (await here.statOf(name))?.isDirectory()) {
      folders.push(undo.use(await here.child(name)))
    } else {
      const file = undo.adopt(await open(here.entry(name), O_PATH | constants.O_NOFOLLOW), (handle) => handle.close())
      const facts = await file.stat()
      // Somebody has put it there since we looked: it would be followed by whoever uses the path.
      if (facts.isSymbolicLink()) throw tooManyLinks()
      const kept = undo.move()
      const path = `/proc/${process.pid}/fd/${file.fd}`
      // A folder, too, may have come since.
      const isFolder = facts.isDirectory()
      const entry = isFolder ? path : `${here.path}/${Buffer.from(name, 'latin1').toString()}`
      return { path, entry, isFolder, [Symbol.asyncDispose]: () => kept.disposeAsync() }
    }
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

function tooManyLinks(): Error {
  return Object.assign(new Error('too many levels of symbolic links'), { code: 'ELOOP' })
}
