import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { INCOMING } from '../build/build-caches.ts'
import { type Index, stillTrue, writeIndex } from './kept-index.ts'
import type { TreePlace } from './receive-tree.ts'
import { fingerprint, type TreeEntry } from './tree-entry.ts'
import { TreeWriter } from './tree-writer.ts'

/**
 * A client's folder on its way here. What is here of it stays: the tree as it is, when it is the same; a few entries
 * changed in it, when nobody reads it; else a new tree, which shares its files.
 */
export class ArrivingTree implements TreePlace, AsyncDisposable {
  readonly #folder: string
  readonly #before: Index
  readonly #mayChange: boolean
  #after: Index
  #writer: TreeWriter | undefined

  /** @param folder where trees are kept @param mayChange nobody reads the tree that is here */
  constructor(folder: string, before: Index, mayChange: boolean) {
    this.#folder = folder
    this.#before = before
    this.#mayChange = mayChange
    this.#after = before
  }

  async prepare(told: readonly TreeEntry[]): Promise<readonly TreeEntry[]> {
    const before = this.#before
    const entries = new Map(told.map((entry) => [entry.path, fingerprint(entry)]))
    if (before.isWhole && isSame(entries, before.entries)) return []
    const isNew = !(before.isWhole && this.#mayChange) || hasHardLink(entries) || hasHardLink(before.entries)
    this.#after = { tree: isNew ? randomUUID() : before.tree, entries, digests: stillTrue(before, entries), isWhole: true }
    const root = isNew ? this.#incoming : join(this.#folder, before.tree)
    this.#writer = isNew ? new TreeWriter(root, this.#sameFile) : new TreeWriter(root, this.#sameEntry)
    await (isNew ? mkdir(root, { mode: 0o755 }) : this.#removeChanged(root))
    return this.#writer.prepare(told)
  }

  async bytes(entry: TreeEntry, data: Uint8Array): Promise<void> {
    await this.#writer?.bytes(entry, data)
  }

  async ended(entry: TreeEntry): Promise<void> {
    await this.#writer?.ended(entry)
  }

  /** Once everything has come. @returns what is here now */
  async finish(): Promise<Index> {
    if (this.#after === this.#before) return this.#before
    await this.#writer?.finish()
    if (this.#isNew) await rename(this.#incoming, join(this.#folder, this.#after.tree))
    await writeIndex(this.#folder, this.#after)
    this.#writer = undefined
    return this.#after
  }

  /** Of a tree that did not come to its end nothing is left, or what the index says. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#writer) return
    await this.#writer[Symbol.asyncDispose]()
    if (this.#isNew) await rm(this.#incoming, { recursive: true, force: true })
  }

  get #isNew(): boolean {
    return this.#after.tree !== this.#before.tree
  }

  /** Where a new tree is until it is whole: a crash leaves nothing by another name. */
  get #incoming(): string {
    return join(this.#folder, `${INCOMING}${this.#after.tree}`)
  }

  /** For a new tree: where the file is in the one before. */
  readonly #sameFile = (entry: TreeEntry): string | undefined =>
    entry.kind === 'file' && this.#isSame(entry) ? join(this.#folder, this.#before.tree, entry.path) : undefined

  /** For a tree that is changed: where it stays as it is. */
  readonly #sameEntry = (entry: TreeEntry): string | undefined => {
    const stays = this.#isSame(entry) || (entry.kind === 'folder' && isFolder(this.#before.entries.get(entry.path)))
    return stays ? join(this.#folder, this.#before.tree, entry.path) : undefined
  }

  #isSame(entry: TreeEntry): boolean {
    return this.#before.entries.get(entry.path) === this.#after.entries.get(entry.path)
  }

  async #removeChanged(root: string): Promise<void> {
    const before = this.#before
    const { entries } = this.#after
    const same = new Map([...before.entries].filter(([path, print]) => entries.get(path) === print))
    // Until all has come, only this is true.
    await writeIndex(this.#folder, { tree: before.tree, entries: same, digests: stillTrue(before, same), isWhole: false })
    // A folder is told before what is in it.
    for (const [path, print] of [...before.entries].toReversed()) {
      // Of a socket nothing was made.
      if (same.has(path) || print.startsWith('socket ') || (isFolder(print) && isFolder(entries.get(path)))) continue
      await (isFolder(print) ? rmdir : unlink)(join(root, path))
    }
  }
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([path, print]) => other.get(path) === print)
}

function isFolder(print: string | undefined): boolean {
  return print?.startsWith('folder ') ?? false
}

/** Such a name goes with another's bytes. */
function hasHardLink(entries: ReadonlyMap<string, string>): boolean {
  return [...entries.values()].some((print) => print.startsWith('hard-link '))
}
