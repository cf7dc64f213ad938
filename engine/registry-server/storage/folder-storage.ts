import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { constants, createWriteStream } from 'node:fs'
import { access, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, truncate, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { hasCode } from '../../errors.ts'
import { linkIfPossible } from '../../linux/hard-link.ts'
import { syncFolder } from '../../linux/sync.ts'
import { sendFile } from './send-file.ts'
import type { ByteRange, Entry, FileFacts, GrowingFacts, Storage } from './storage.ts'

const CHUNK_BYTES = 1024 * 1024

/** Where small files are written before they have their name. */
const UNFINISHED = '.unfinished'

/** The version of a file that somebody has removed as it grew: no other is like it. */
const GONE = 'gone'

/** A folder of this machine. Small files are written elsewhere, flushed and renamed: they are whole or not there. */
export class FolderStorage implements Storage {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  /** Makes the folder. @throws Error when it cannot be written to */
  async prepare(): Promise<void> {
    await mkdir(this.#at(UNFINISHED), { recursive: true, mode: 0o700 })
    await access(this.#at(UNFINISHED), constants.W_OK)
  }

  /** Where a file lies, for a hard link to it. */
  locate(path: string): string {
    return this.#at(path)
  }

  /**
   * Gives a flushed file of the same file system a second name here, and makes it young, instead of copying it.
   * @param source absolute @returns false when there is no such file, or it cannot have a name here
   */
  async linkFrom(source: string, path: string): Promise<boolean> {
    await this.#makeFolderOf(path)
    // Before it has the name: the garbage collection would take it for an old one.
    if (!(await makeYoung(source))) return false
    const outcome = await linkIfPossible(source, this.#at(path))
    if (outcome === 'taken') return this.touch(path)
    if (outcome === 'made') await syncFolder(dirname(this.#at(path)))
    return outcome === 'made'
  }

  stat(path: string): Promise<FileFacts | undefined> {
    return unlessMissing(async () => {
      const facts = await stat(this.#at(path))
      return facts.isFile() ? { sizeBytes: facts.size, modifiedAtMs: facts.mtimeMs } : undefined
    })
  }

  readWhole(path: string): Promise<Buffer | undefined> {
    return unlessMissing(() => readFile(this.#at(path)))
  }

  open(path: string, range?: ByteRange): Promise<((target: Writable) => Promise<void>) | undefined> {
    return unlessMissing(async () => {
      const file = await open(this.#at(path), 'r')
      return (target) => sendFile(file, range, target)
    })
  }

  async writeWhole(path: string, data: string | Uint8Array): Promise<void> {
    const temporary = `${UNFINISHED}/${randomUUID()}`
    const file = await open(this.#at(temporary), 'wx', 0o644)
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await this.#rename(temporary, path)
  }

  growing(path: string): Promise<GrowingFacts | undefined> {
    return unlessMissing(async () => {
      const { size, mtimeMs, ino, mtimeNs } = await stat(this.#at(path), { bigint: true })
      return { sizeBytes: Number(size), modifiedAtMs: Number(mtimeMs), version: `${ino}-${mtimeNs}-${size}` }
    })
  }

  readGrowing(path: string): Promise<Readable | undefined> {
    return unlessMissing(async () => (await open(this.#at(path), 'r')).createReadStream({ highWaterMark: CHUNK_BYTES }))
  }

  async append(path: string, startByte: number, source: Readable): Promise<string> {
    await mkdir(dirname(this.#at(path)), { recursive: true })
    if (startByte > 0) await truncate(this.#at(path), startByte)
    const target = createWriteStream(this.#at(path), { flags: startByte === 0 ? 'w' : 'r+', start: startByte, highWaterMark: CHUNK_BYTES })
    const closed = once(target, 'close')
    try {
      await pipeline(source, target)
    } finally {
      // A write that was under way when the source failed has then ended, too: nothing changes behind the next one's back.
      await closed
    }
    return (await this.growing(path))?.version ?? GONE
  }

  truncate(path: string, sizeBytes: number): Promise<void> {
    return truncate(this.#at(path), sizeBytes)
  }

  async settle(path: string, to: string, version: string): Promise<boolean> {
    return (await this.growing(path))?.version === version && (await this.move(path, to))
  }

  async move(from: string, to: string): Promise<boolean> {
    const file = await unlessMissing(() => open(this.#at(from), 'r'))
    if (!file) return false
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    const isMoved = await this.#rename(from, to)
    await rmdir(dirname(this.#at(from))).catch(unlessCode('ENOTEMPTY', 'ENOENT'))
    return isMoved
  }

  touch(path: string): Promise<boolean> {
    return makeYoung(this.#at(path))
  }

  async list(folder: string): Promise<Entry[]> {
    const entries = await unlessMissing(() => readdir(this.#at(folder), { withFileTypes: true }))
    return (entries ?? []).map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
  }

  async removeUnfinished(olderThanMs: number): Promise<void> {
    for (const { name } of await this.list(UNFINISHED)) {
      const facts = await this.stat(`${UNFINISHED}/${name}`)
      if (facts && Date.now() - facts.modifiedAtMs > olderThanMs) await this.remove(`${UNFINISHED}/${name}`)
    }
  }

  remove(path: string): Promise<void> {
    return rm(this.#at(path), { recursive: true, force: true })
  }

  #at(path: string): string {
    return join(this.#root, path)
  }

  /** Somebody else may remove an empty folder before our file is in it. @returns false when it is the file that has gone */
  async #rename(from: string, to: string): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      await this.#makeFolderOf(to)
      try {
        await rename(this.#at(from), this.#at(to))
        break
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error
        if (!(await this.stat(from))) return false
        if (tries === 3) throw error
      }
    }
    // Without the folder, somebody has moved the file on already: then nobody waits for it here.
    await syncFolder(dirname(this.#at(to))).catch(unlessCode('ENOENT'))
    return true
  }

  /** The first folder that had to be made is flushed in the one above it; those below are new, and nobody knows them without it. */
  async #makeFolderOf(path: string): Promise<void> {
    const folder = dirname(this.#at(path))
    const first = await mkdir(folder, { recursive: true })
    for (let made = folder; first !== undefined && made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
  }
}

/** @returns false when there is no such file */
async function makeYoung(path: string): Promise<boolean> {
  const now = new Date()
  const touched = await unlessMissing(async () => {
    await utimes(path, now, now)
    return true
  })
  return touched ?? false
}

function unlessCode(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (!hasCode(error, ...codes)) throw error
  }
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
