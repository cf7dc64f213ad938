import { createHash, type Hash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { filePieces } from '../linux/file-pieces.ts'
import type { Source } from './sources.ts'

/**
 * A digest of files and folders: names, kinds, modes, link targets and bytes. Times do not count, so that a fresh checkout
 * finds the cache; owners do where they are copied. The same files give the same digest whatever the order in which a folder lists them.
 * @returns as docker writes it: `file:…`, `dir:…`, `multi:…`; bare for what was fetched
 */
export async function contentDigest(sources: readonly Source[], countsOwners: boolean): Promise<string> {
  const hash = createHash('sha256')
  // What a folder is called does not count: only what is in it is copied.
  for (const { path, name, isFolder, parents } of sources) {
    for (const parent of parents ?? []) await addOne(hash, parent.path, parent.name, countsOwners)
    await add(hash, path, isFolder && !parents ? '' : name, countsOwners)
  }
  const digest = hash.digest('hex')
  const [first, ...more] = sources
  if (more.length > 0) return `multi:${digest}`
  return first?.isRemote ? digest : `${first?.isFolder ? 'dir' : 'file'}:${digest}`
}

/** Of one path, for what is mounted. */
export async function treeDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  await add(hash, path, '', false)
  return hash.digest('hex')
}

async function addOne(hash: Hash, path: string, name: string, countsOwners: boolean): Promise<Stats> {
  const stat = await lstat(path)
  hash.update(JSON.stringify([name, stat.mode, ...(countsOwners ? [stat.uid, stat.gid] : [])]))
  return stat
}

async function add(hash: Hash, path: string, name: string, countsOwners: boolean): Promise<void> {
  const stat = await addOne(hash, path, name, countsOwners)
  if (stat.isSymbolicLink()) hash.update(await readlink(path))
  else if (stat.isFile()) for await (const piece of filePieces(path, stat.size)) hash.update(piece)
  else if (stat.isDirectory()) for (const entry of (await readdir(path)).sort()) await add(hash, join(path, entry), `${name}/${entry}`, countsOwners)
}
