import type { BigIntStats } from 'node:fs'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises'
import { hasCode } from '../errors.ts'

/**
 * An open folder, in which names are looked up one at a time and without following symbolic links: the *at() calls of
 * the kernel by another name, `/proc/self/fd/N/<name>`. Whatever a container renames or links meanwhile, this stays the
 * folder that was opened, and no lookup leaves it.
 *
 * Names are Latin-1 text, one character a byte: file names are bytes.
 * @see openat(2), "Rationale for openat() and other directory file descriptor APIs"
 */
export class DirectoryHandle implements AsyncDisposable {
  readonly #handle: FileHandle

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Opens a folder by a path that nobody but the engine can change. @throws Error `ENOENT`, `ENOTDIR` */
  static async open(path: string | Buffer): Promise<DirectoryHandle> {
    return new DirectoryHandle(await open(path, constants.O_RDONLY | constants.O_DIRECTORY))
  }

  /** For a child process that is given this as its descriptor. */
  get fd(): number {
    return this.#handle.fd
  }

  /** The path of an entry, for one call that does not follow links in the last place. Not for `..`. */
  entry(name: string): Buffer {
    if (name === '' || name === '.' || name === '..' || name.includes('/')) throw new Error(`not the name of an entry: ${JSON.stringify(name)}`)
    return Buffer.from(`/proc/self/fd/${this.#handle.fd}/${name}`, 'latin1')
  }

  /** The folder itself, once more. */
  again(): Promise<DirectoryHandle> {
    return DirectoryHandle.open(`/proc/self/fd/${this.#handle.fd}`)
  }

  /** Opens a folder in this one. @throws Error `ENOENT`; `ENOTDIR` or `ELOOP` for anything else, also for a link */
  async child(name: string): Promise<DirectoryHandle> {
    return new DirectoryHandle(await open(this.entry(name), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW))
  }

  names(): Promise<string[]> {
    return readdir(`/proc/self/fd/${this.#handle.fd}`, { encoding: 'latin1' })
  }

  /** Of the entry itself, not of what it links to; undefined when there is none. */
  async statOf(name: string): Promise<BigIntStats | undefined> {
    try {
      return await lstat(this.entry(name), { bigint: true })
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  stat(): Promise<BigIntStats> {
    return this.#handle.stat({ bigint: true })
  }

  get handle(): FileHandle {
    return this.#handle
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}
