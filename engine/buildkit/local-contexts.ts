import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import { type BuildCaches, INCOMING } from '../build/build-caches.ts'
import { EngineError, hasCode } from '../errors.ts'
import { decodeJson } from '../json/json-body.ts'
import { bootId } from '../linux/boot-id.ts'
import { Lock } from '../lock.ts'
import { type LocalFiles, receiveTree, type TreePlace } from './receive-tree.ts'
import type { ClientSession } from './session.ts'
import { fingerprint, type TreeEntry } from './tree-entry.ts'
import { TreeWriter } from './tree-writer.ts'

const IndexSchema = Type.Object({
  tree: Type.String(),
  entries: Type.Record(Type.String(), Type.String()),
  /** Nothing is flushed: after a power cut, files may lack bytes that their sizes promise. */
  boot: Type.String(),
})

/** What of a folder of a client's is here: path → fingerprint of each entry, in a tree of that name. */
interface Index {
  readonly tree: string
  readonly entries: ReadonlyMap<string, string>
}

const NONE: Index = { tree: '', entries: new Map() }

/**
 * Folders of clients as they were at their last build, so that only what has changed since is sent. A tree that is here
 * is never written to again: the next one is a new tree, which shares the files that are the same.
 */
export class LocalContexts {
  readonly #caches: BuildCaches
  readonly #locks = new Map<string, Lock>()
  /** Of trees, by path: how many builds read them now. */
  readonly #readers = new Map<string, number>()

  constructor(caches: BuildCaches) {
    this.#caches = caches
  }

  /**
   * Brings a client's folder here, and gives it to `use`, which must not write to it.
   * @param scratch for a client that does not say which folder it is: nothing is kept of it then
   */
  async with<T>(
    session: ClientSession,
    files: LocalFiles,
    { scratch, onBytes, signal }: { readonly scratch: string; onBytes(total: number): void; readonly signal: AbortSignal },
    use: (root: string) => Promise<T>,
  ): Promise<T> {
    const receive = (place: TreePlace) => receiveTree(session, files, place, onBytes, signal)
    if (session.sharedKey === '') {
      const root = join(scratch, 'context')
      await fill(root, NONE, '', receive)
      return use(root)
    }
    const key = JSON.stringify([session.sharedKey, files.name])
    return this.#caches.withContext(key, async (folder) => {
      const root = await this.#lockOf(folder).run(() => this.#update(folder, receive))
      try {
        return await use(root)
      } finally {
        this.#count(root, -1)
      }
    })
  }

  async #update(folder: string, receive: (place: TreePlace) => Promise<void>): Promise<string> {
    const before = await readIndex(folder)
    const fresh = randomUUID()
    const incoming = join(folder, `${INCOMING}${fresh}`)
    const after = await fill(incoming, before, join(folder, before.tree), receive)
    const tree = after === before.entries ? before.tree : fresh
    if (tree === fresh) {
      await rename(incoming, join(folder, fresh))
      await writeIndex(folder, { tree, entries: after })
    }
    const root = join(folder, tree)
    this.#count(root, 1)
    for (const name of await readdir(folder)) {
      if (name === tree || name === INDEX || this.#readers.has(join(folder, name))) continue
      await rm(join(folder, name), { recursive: true, force: true })
    }
    return root
  }

  #lockOf(folder: string): Lock {
    const lock = this.#locks.get(folder) ?? new Lock()
    this.#locks.set(folder, lock)
    return lock
  }

  #count(root: string, change: 1 | -1): void {
    const readers = (this.#readers.get(root) ?? 0) + change
    if (readers > 0) this.#readers.set(root, readers)
    else this.#readers.delete(root)
  }
}

/**
 * Makes a new tree out of what comes and what is in the one before.
 * @returns its entries; those of the one before when nothing has changed, and then there is no new tree
 */
async function fill(root: string, before: Index, old: string, receive: (place: TreePlace) => Promise<void>): Promise<ReadonlyMap<string, string>> {
  let entries: ReadonlyMap<string, string> = new Map()
  const known = (entry: TreeEntry) => (before.entries.get(entry.path) === fingerprint(entry) ? join(old, entry.path) : undefined)
  await using writer = new TreeWriter(root, known)
  try {
    await receive({
      async prepare(told) {
        entries = new Map(told.map((entry) => [entry.path, fingerprint(entry)]))
        if (before.tree !== '' && isSame(entries, before.entries)) {
          entries = before.entries
          return []
        }
        await mkdir(root, { mode: 0o755 })
        return writer.prepare(told)
      },
      bytes: (entry, data) => writer.bytes(entry, data),
      ended: (entry) => writer.ended(entry),
    })
    if (entries !== before.entries) await writer.finish()
    return entries
  } catch (error) {
    await writer[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
    throw error
  }
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([path, print]) => other.get(path) === print)
}

const INDEX = 'index.json'

/** Without one, with one that was cut off, or with one of another run of the kernel, nothing is here. */
async function readIndex(folder: string): Promise<Index> {
  try {
    const { tree, entries, boot } = decodeJson(IndexSchema, await readFile(join(folder, INDEX), 'utf8'))
    if (boot !== (await bootId())) return NONE
    return { tree, entries: new Map(Object.entries(entries)) }
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof EngineError) return NONE
    throw error
  }
}

async function writeIndex(folder: string, { tree, entries }: Index): Promise<void> {
  const incoming = join(folder, `${INCOMING}${randomUUID()}`)
  await writeFile(incoming, JSON.stringify({ tree, entries: Object.fromEntries(entries), boot: await bootId() }))
  await rename(incoming, join(folder, INDEX))
}
