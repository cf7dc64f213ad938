import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lchown, link, lstat, lutimes, mkdir, open, readdir, readlink, rename, rmdir, symlink, unlink } from 'node:fs/promises'
import { hasCode } from '../errors.ts'

/**
 * An open folder, in which names are looked up one at a time and without following symbolic links: the *at() calls of
 * the kernel by another name, `/proc/<pid>/fd/<n>/<name>`. Whatever a container renames or links meanwhile, this stays the
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

  /** A path that leads here, and only here, also for other processes, for as long as this is open. @see proc(5), /proc/pid/fd */
  get path(): string {
    return `/proc/${process.pid}/fd/${this.#handle.fd}`
  }

  /** For attributes of the folder itself. */
  get handle(): FileHandle {
    return this.#handle
  }

  /** The path of an entry, for one call that does not follow links in the last place. Not for `..`. */
  entry(name: string): Buffer {
    if (name === '' || name === '.' || name === '..' || name.includes('/')) throw new Error(`not the name of an entry: ${JSON.stringify(name)}`)
    return Buffer.from(`${this.path}/${name}`, 'latin1')
  }

  /** The folder itself, once more. */
  again(): Promise<DirectoryHandle> {
    return DirectoryHandle.open(this.path)
  }

  /** Opens a folder in this one. @throws Error `ENOENT`; `ENOTDIR` or `ELOOP` for anything else, also for a link */
  async child(name: string): Promise<DirectoryHandle> {
    return new DirectoryHandle(await open(this.entry(name), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW))
  }

  names(): Promise<string[]> {
    return readdir(this.path, { encoding: 'latin1' })
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

  /** What a symbolic link says; undefined when the entry is none. */
  async linkOf(name: string): Promise<string | undefined> {
    try {
      return await readlink(this.entry(name), { encoding: 'latin1' })
    } catch (error) {
      if (hasCode(error, 'EINVAL')) return undefined
      throw error
    }
  }

  async makeFolder(name: string, mode: number): Promise<void> {
    await mkdir(this.entry(name), { mode })
  }

  /** Makes a file that must not exist yet. */
  createFile(name: string): Promise<FileHandle> {
    return open(this.entry(name), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
  }

  /** Opens a file to be read; a pipe or device is opened without waiting for anybody. @throws Error `ENOENT`; `ELOOP` for a link */
  openFile(name: string): Promise<FileHandle> {
    return open(this.entry(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  }

  async makeSymlink(name: string, target: string): Promise<void> {
    await symlink(Buffer.from(target, 'latin1'), this.entry(name))
  }

  /** Gives an entry of another folder one more name, here. */
  async makeHardLink(name: string, from: DirectoryHandle, fromName: string): Promise<void> {
    await link(from.entry(fromName), this.entry(name))
  }

  /** Gives an entry another name, here or in another folder of the same file system. @throws Error `EXDEV` for another one, `EINVAL` for a folder in itself */
  async move(name: string, to: DirectoryHandle, toName: string): Promise<void> {
    await rename(this.entry(name), to.entry(toName))
  }

  /** Of the entry itself, should it be a link. */
  async setOwner(name: string, uid: number, gid: number): Promise<void> {
    await lchown(this.entry(name), uid, gid)
  }

  /** Of the entry itself, should it be a link. In seconds since 1970. */
  async setTimes(name: string, accessedAt: number, modifiedAt: number): Promise<void> {
    await lutimes(this.entry(name), accessedAt, modifiedAt)
  }

  /** Removes an entry and everything below it. */
  async remove(name: string): Promise<void> {
    const stat = await this.statOf(name)
    if (!stat) return
    if (!stat.isDirectory()) {
      await unlink(this.entry(name))
      return
    }
    {
      await using folder = await this.child(name)
      for (const below of await folder.names()) await folder.remove(below)
    }
    await rmdir(this.entry(name))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}
