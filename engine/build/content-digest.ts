import { createHash, type Hash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { filePieces } from '../linux/file-pieces.ts'
import { settled } from '../settled.ts'
import type { Source } from './sources.ts'

/** Digests of what is in files, by path, where somebody knows that nobody changes them. */
export interface FileDigests {
  /** @returns undefined for one that was never asked for, or that is none of these */
  get(path: string): string | undefined
  set(path: string, digest: string): void
}

/** How files are looked at. */
export interface Looking {
  /** Whether owners count. */
  readonly countsOwners: boolean
  readonly known: FileDigests | undefined
}

/** Files of a folder: each may take two pieces of memory. */
const MOST_AT_A_TIME = 8

/**
 * A digest of files and folders: names, kinds, modes, link targets and bytes. Times do not count, so that a fresh checkout
 * finds the cache; owners do where they are copied. The same files give the same digest whatever the order in which a folder lists them.
 * @returns as docker writes it: `file:…`, `dir:…`, `multi:…`; bare for what was fetched
 */
export async function contentDigest(sources: readonly Source[], looking: Looking): Promise<string> {
  const hash = createHash('sha256')
  // What a folder is called does not count: only what is in it is copied.
  for (const { path, name, isFolder, parents } of sources) {
    for (const parent of parents ?? []) hash.update(headOf(parent.name, await lstat(parent.path), looking))
    await add(hash, await look(path, looking), isFolder && !parents ? '' : name, looking)
  }
  const digest = hash.digest('hex')
  const [first, ...more] = sources
  if (more.length > 0) return `multi:${digest}`
  return first?.isRemote ? digest : `${first?.isFolder ? 'dir' : 'file'}:${digest}`
}

/** Of one path, for what is mounted. */
export async function treeDigest(path: string, known: FileDigests | undefined): Promise<string> {
  const hash = createHash('sha256')
  const looking = { countsOwners: false, known }
  await add(hash, await look(path, looking), '', looking)
  return hash.digest('hex')
}

/** One path: what it is, and of a file or a link also what is in it. */
interface Seen {
  readonly path: string
  readonly stat: Stats
  readonly content: string
}

async function look(path: string, { known }: Looking): Promise<Seen> {
  const stat = await lstat(path)
  if (stat.isSymbolicLink()) return { path, stat, content: await readlink(path) }
  return { path, stat, content: stat.isFile() ? (known?.get(path) ?? (await digestOf(path, stat.size, known))) : '' }
}

async function digestOf(path: string, sizeBytes: number, known: FileDigests | undefined): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of filePieces(path, sizeBytes)) hash.update(piece)
  const digest = hash.digest('hex')
  known?.set(path, digest)
  return digest
}

async function add(hash: Hash, { path, stat, content }: Seen, name: string, looking: Looking): Promise<void> {
  hash.update(headOf(name, stat, looking)).update(content)
  if (!stat.isDirectory()) return
  const names = (await readdir(path)).sort()
  for (let at = 0; at < names.length; at += MOST_AT_A_TIME) {
    const some = names.slice(at, at + MOST_AT_A_TIME)
    const seen = await settled(some.map((entry) => look(join(path, entry), looking)))
    for (const [index, one] of seen.entries()) await add(hash, one, `${name}/${some[index]}`, looking)
  }
}

function headOf(name: string, stat: Stats, { countsOwners }: Looking): string {
  return JSON.stringify([name, stat.mode, ...(countsOwners ? [stat.uid, stat.gid] : [])])
}
