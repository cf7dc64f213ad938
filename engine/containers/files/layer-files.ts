import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { join } from 'node:path'
import { EngineError, hasCode } from '../../errors.ts'
import { imageSteps } from '../../images/image-steps.ts'
import { DirectoryHandle } from '../../linux/directory-handle.ts'
import type { ContainerParts } from '../parts.ts'
import { withImageRoot } from '../rootfs.ts'
import { entryOf, type FileEntry } from './browse.ts'
import { cleanContainerPath } from './container-files.ts'
import { textOf } from './latin1.ts'
import { NO_NAMES } from './owner-names.ts'

/** An entry of a folder as one layer leaves it. `changed`: a layer below has something of that name, too; `removed`: it has, and from this layer on nobody sees it. */
export interface LayerEntry extends FileEntry {
  readonly change: 'added' | 'changed' | 'removed'
}

export interface LayerPage {
  readonly path: string
  /** False for a step that added no layer. */
  readonly hasLayer: boolean
  /** Of the whole folder. */
  readonly total: number
  readonly entries: readonly LayerEntry[]
  /** Whether more come after these. */
  readonly hasMore: boolean
}

export interface LayerQuestion {
  /** How the image was called. */
  readonly reference: string
  /** Of its history, the oldest being 0. */
  readonly step: number
  readonly path: string
  /** The last name of the page before; empty for the first. */
  readonly after: string
  readonly limit: number
}

/**
 * What a step of an image's history did in one folder, by name, a page at a time. Only the folder that is asked for is read. What is hidden by
 * whiteouts and opaque folders the kernel says itself: the layers are looked at mounted with and without this one.
 * @throws EngineError `not-found` for an image, a step, or a folder that is not in its layer
 */
export async function layerFiles(parts: ContainerParts, { reference, step, path, after, limit }: LayerQuestion): Promise<LayerPage> {
  const image = parts.images.get(reference)
  const found = imageSteps(image)[step]
  if (!found) throw new EngineError('not-found', `the image ${reference} has no step ${step}`)
  const folder = cleanContainerPath(path).replace(/\/\.?$/, '')
  const told = textOf(folder) || '/'
  if (found.layer === undefined) return { path: told, hasLayer: false, total: 0, entries: [], hasMore: false }
  const folders = parts.images.layerFolders(image)
  const at = folders.length - 1 - found.layer
  const own = folders[at]
  if (own === undefined) throw new EngineError('system', `the image ${reference} has fewer layers than its history says`)
  const mounted = (lower: readonly string[], use: (root: string) => Promise<LayerPage>) =>
    withImageRoot(parts, image, join(parts.paths.root, `image-${randomUUID()}`), use, lower)
  return mounted(folders.slice(at), (merged) =>
    mounted(folders.slice(at + 1), async (lower) => {
      await using layer = await descend(own, folder)
      if (!layer) throw new EngineError('not-found', `${told} is no folder of this layer`)
      await using now = await descend(merged, folder)
      await using before = await descend(lower, folder)
      return { path: told, hasLayer: true, ...(await pageOf({ layer, now, before }, Buffer.from(after).toString('latin1'), limit)) }
    }),
  )
}

/** The same folder in the layer, in all up to it, and in those below. */
interface Trees {
  readonly layer: DirectoryHandle
  readonly now: DirectoryHandle | undefined
  readonly before: DirectoryHandle | undefined
}

async function pageOf({ layer, now, before }: Trees, after: string, limit: number): Promise<Pick<LayerPage, 'total' | 'entries' | 'hasMore'>> {
  const seen = new Set((await now?.names()) ?? [])
  const earlier = new Set((await before?.names()) ?? [])
  const removed = [...earlier].filter((name) => !seen.has(name))
  // A whiteout is a name, too, of something that nobody sees.
  const kept = (await layer.names()).filter((name) => seen.has(name))
  const names = [...kept, ...removed].sort()
  const from = after === '' ? 0 : names.findIndex((name) => name > after)
  const page = from < 0 ? [] : names.slice(from, from + limit)
  const entries = await Promise.all(
    page.map((name) => {
      const isGone = !seen.has(name)
      return entryIn(isGone ? before : layer, name, isGone ? 'removed' : earlier.has(name) ? 'changed' : 'added')
    }),
  )
  return { total: names.length, entries: entries.filter((entry) => entry !== undefined), hasMore: from >= 0 && from + limit < names.length }
}

async function entryIn(folder: DirectoryHandle | undefined, name: string, change: LayerEntry['change']): Promise<LayerEntry | undefined> {
  const stat: BigIntStats | undefined = await folder?.statOf(name)
  if (!folder || !stat) return undefined
  const target = stat.isSymbolicLink() ? await folder.linkOf(name) : undefined
  return { ...entryOf(name, stat, target ?? '', false, true, NO_NAMES), change }
}

/** The folder at a path, without following links: what a layer links is nothing of its own. */
async function descend(root: string, path: string): Promise<DirectoryHandle | undefined> {
  let here = await DirectoryHandle.open(root)
  for (const name of path.split('/').filter((one) => one !== '')) {
    await using above = here
    try {
      here = await above.child(name)
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
      throw error
    }
  }
  return here
}
