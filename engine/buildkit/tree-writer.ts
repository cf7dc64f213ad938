import { chmod, type FileHandle, link, lutimes, mkdir, open, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeSpecialFile } from '../linux/special-file.ts'
import type { TreePlace } from './receive-tree.ts'
import type { TreeEntry } from './tree-entry.ts'

/** What is smaller is written in one go. */
const SMALL_BYTES = 1024 * 1024
const MOST_AT_A_TIME = 32

interface Arriving {
  chunks: Uint8Array[]
  size: number
  handle: FileHandle | undefined
}

/** Makes a tree in a folder, where nothing else is of its names but what is said to be there. */
export class TreeWriter implements TreePlace {
  readonly #root: string
  readonly #known: (entry: TreeEntry) => string | undefined
  readonly #arriving = new Map<number, Arriving>()
  readonly #writing = new Set<Promise<void>>()
  #entries: readonly TreeEntry[] = []
  #failure: { readonly error: unknown } | undefined

  /** @param known where an entry is already: in its place, or a file elsewhere with the same bytes, mode and time that nobody will ever change */
  constructor(root: string, known: (entry: TreeEntry) => string | undefined = () => undefined) {
    this.#root = root
    this.#known = known
  }

  async prepare(entries: readonly TreeEntry[]): Promise<readonly TreeEntry[]> {
    this.#entries = entries
    const missing: TreeEntry[] = []
    for (const entry of entries) {
      const path = join(this.#root, entry.path)
      const known = this.#known(entry)
      if (known === path) continue
      if (known !== undefined) await this.#soon(() => link(known, path))
      else if (entry.kind === 'file') missing.push(entry)
      else if (entry.kind === 'folder') await mkdir(path, { mode: 0o700 })
      else if (entry.kind === 'symbolic-link') await symlink(entry.linkname, path)
      else if (entry.kind === 'fifo') await makeSpecialFile(path, entry.mode, { kind: 'fifo' })
      else if (entry.kind === 'character' || entry.kind === 'block') {
        await makeSpecialFile(path, entry.mode, { kind: entry.kind, major: entry.device[0], minor: entry.device[1] })
      }
    }
    await this.#settled()
    return missing
  }

  async bytes(entry: TreeEntry, data: Uint8Array): Promise<void> {
    const arriving = this.#arriving.get(entry.id) ?? { chunks: [], size: 0, handle: undefined }
    this.#arriving.set(entry.id, arriving)
    arriving.chunks.push(data)
    arriving.size += data.length
    if (arriving.size < SMALL_BYTES) return
    arriving.handle ??= await open(join(this.#root, entry.path), 'wx', 0o600)
    await arriving.handle.writeFile(Buffer.concat(arriving.chunks))
    arriving.chunks = []
    arriving.size = 0
  }

  async ended(entry: TreeEntry): Promise<void> {
    const { chunks, handle } = this.#arriving.get(entry.id) ?? { chunks: [], handle: undefined }
    this.#arriving.delete(entry.id)
    const path = join(this.#root, entry.path)
    await this.#soon(async () => {
      if (handle) {
        await using _ = handle
        await handle.writeFile(Buffer.concat(chunks))
      } else await writeFile(path, Buffer.concat(chunks), { flag: 'wx', mode: 0o600 })
      await chmod(path, entry.mode)
      await utimes(path, seconds(entry), seconds(entry))
    })
  }

  /** Once everything has come: other names of files, and the times of what has changed meanwhile. */
  async finish(): Promise<void> {
    await this.#settled()
    for (const entry of this.#entries) if (entry.kind === 'hard-link') await link(join(this.#root, entry.linkname), join(this.#root, entry.path))
    // From the deepest up: a folder's time is that of the last change in it.
    for (const entry of this.#entries.toReversed()) {
      const path = join(this.#root, entry.path)
      if (entry.kind === 'folder') await chmod(path, entry.mode)
      if (entry.kind === 'folder' || entry.kind === 'symbolic-link') await lutimes(path, seconds(entry), seconds(entry))
    }
  }

  /** What was under way has ended, and holds no file open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#writing)
    for (const { handle } of this.#arriving.values()) await handle?.close()
    this.#arriving.clear()
  }

  async #soon(work: () => Promise<void>): Promise<void> {
    const mine = work()
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#writing.delete(mine))
    this.#writing.add(mine)
    if (this.#writing.size >= MOST_AT_A_TIME) await Promise.race(this.#writing)
    if (this.#failure) throw this.#failure.error
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#writing)
    if (this.#failure) throw this.#failure.error
  }
}

function seconds({ modTime }: TreeEntry): number {
  return Number(modTime) / 1e9
}
