import { createHash } from 'node:crypto'
import { access, chmod, chown, mkdir, readdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'
import { directorySize } from '../linux/directory-size.ts'
import { Lock } from '../lock.ts'
import type { CacheMount } from './run-mount-flag.ts'

export interface CacheSeed {
  /** Of the content. */
  readonly digest: string
  /** @returns a folder that becomes the cache's */
  fill(): Promise<string>
}

export interface BuildCache {
  readonly name: string
  readonly kind: 'mount' | 'context'
  readonly bytes: number
  /** By a build, now. */
  readonly isUsed: boolean
  readonly createdAt: Date
  /** When a build used it last. */
  readonly usedAt: Date
}

/** In front of the names of those that hold what a client's folder had in it at its last build. */
const CONTEXT = 'context-'

/** In front of the names of what is being made in the folder of such a one. */
export const INCOMING = 'incoming-'

/** What is kept from build to build until somebody prunes it: the folders of `RUN --mount=type=cache`, one per id, and build contexts that came file by file. */
export class BuildCaches {
  readonly #root: string
  readonly #locks = new Map<string, Lock>()
  readonly #users = new Map<string, number>()
  readonly #making = new Lock()
  /** Of the folders of contexts: one that is empty goes, unless a build has come for it. */
  readonly #entering = new Lock()

  constructor(root: string) {
    this.#root = root
  }

  /** Removes what of clients' folders was on its way here when the engine was killed. */
  async reconcile(): Promise<void> {
    for (const name of (await readdir(this.#root).catch(() => [])).filter((one) => one.startsWith(CONTEXT))) {
      const folder = join(this.#root, name)
      const entries = await readdir(folder)
      const half = entries.filter((entry) => entry.startsWith(INCOMING))
      // Nothing has ever come as a whole.
      if (half.length === entries.length) await rm(folder, { recursive: true, force: true })
      else for (const entry of half) await rm(join(folder, entry), { recursive: true, force: true })
    }
  }

  /**
   * Gives `use` the folder of a cache, which is made if it is not there; alone with it unless the cache is shared.
   * @param seed what a new one begins with: `fill` makes it, in a folder of the same file system
   */
  async with<T>(cache: CacheMount, seed: CacheSeed | undefined, use: (folder: string) => Promise<T>): Promise<T> {
    const name = createHash('sha256')
      .update(seed ? `${cache.id}\0${seed.digest}` : cache.id)
      .digest('hex')
    this.#count(name, 1)
    try {
      const folder = await (seed ? this.#seeded(name, seed) : this.#folder(name, cache))
      return cache.isShared ? await use(folder) : await this.#lockOf(name).run(() => use(folder))
    } finally {
      await noteUse(join(this.#root, name)).finally(() => this.#count(name, -1))
    }
  }

  /** Gives `use` the folder in which what came of a client's folder is kept, with others. @param key which folder of which client */
  async withContext<T>(key: string, use: (folder: string) => Promise<T>): Promise<T> {
    const name = `${CONTEXT}${createHash('sha256').update(key).digest('hex')}`
    const folder = join(this.#root, name)
    this.#count(name, 1)
    try {
      await this.#entering.run(() => mkdir(folder, { recursive: true, mode: 0o700 }))
      return await use(folder)
    } finally {
      await noteUse(folder).finally(() => this.#count(name, -1))
      await this.#entering.run(() => this.#removeEmpty(name))
    }
  }

  /** One into which nothing has come as a whole. */
  async #removeEmpty(name: string): Promise<void> {
    if (this.#users.has(name)) return
    try {
      await rmdir(join(this.#root, name))
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY', 'ENOENT')) throw error
    }
  }

  /** Those that there are. */
  async all(): Promise<BuildCache[]> {
    const found = (await readdir(this.#root).catch(() => [])).map(async (name) => {
      const folder = join(this.#root, name)
      const times = await timesOf(folder)
      return times ? [{ name, kind: kindOf(name), bytes: await directorySize(folder), isUsed: this.#users.has(name), ...times }] : []
    })
    return (await Promise.all(found)).flat()
  }

  /**
   * Removes those that no build uses now and that `isWanted` accepts.
   * @param isWanted is told when one was used last, in milliseconds since 1970
   * @returns their names, and how many bytes were in them
   */
  async prune(isWanted: (name: string, usedAtMs: number) => boolean = () => true): Promise<{ removed: string[]; bytes: number }> {
    const removed: string[] = []
    let bytes = 0
    for (const name of await readdir(this.#root).catch(() => [])) {
      const folder = join(this.#root, name)
      const times = await timesOf(folder)
      if (!times || this.#users.has(name) || !isWanted(name, times.usedAt.getTime())) continue
      bytes += await directorySize(folder)
      await rm(folder, { recursive: true, force: true })
      removed.push(name)
    }
    return { removed, bytes }
  }

  async #folder(name: string, { owner }: CacheMount): Promise<string> {
    const folder = join(this.#root, name)
    // Only the first of them says whose it is.
    if ((await mkdir(folder, { recursive: true })) !== undefined) {
      await chown(folder, owner.uid, owner.gid)
      await chmod(folder, owner.mode)
    }
    return folder
  }

  /** There as a whole, or not at all. */
  async #seeded(name: string, seed: CacheSeed): Promise<string> {
    const folder = join(this.#root, name)
    await this.#making.run(async () => {
      if (await isThere(folder)) return
      await mkdir(this.#root, { recursive: true })
      await rename(await seed.fill(), folder)
    })
    return folder
  }

  #lockOf(name: string): Lock {
    const lock = this.#locks.get(name) ?? new Lock()
    this.#locks.set(name, lock)
    return lock
  }

  #count(name: string, change: 1 | -1): void {
    const users = (this.#users.get(name) ?? 0) + change
    if (users > 0) this.#users.set(name, users)
    else this.#users.delete(name)
  }
}

function kindOf(name: string): BuildCache['kind'] {
  return name.startsWith(CONTEXT) ? 'context' : 'mount'
}

/** @returns undefined when another prune has removed it meanwhile */
async function timesOf(folder: string): Promise<Pick<BuildCache, 'createdAt' | 'usedAt'> | undefined> {
  try {
    const { birthtime, mtime } = await stat(folder)
    return { createdAt: birthtime, usedAt: mtime }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A folder's time is that of its last use, also if nothing in it has changed. */
async function noteUse(folder: string): Promise<void> {
  const now = new Date()
  try {
    await utimes(folder, now, now)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error // It could not be made.
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
