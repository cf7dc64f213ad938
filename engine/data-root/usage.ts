import { statfs } from 'node:fs/promises'
import { isRunning } from '../containers/state.ts'
import { diskUsage, type Usage } from '../linux/disk-usage.ts'
import type { DataRootParts } from './parts.ts'
import { planPrune } from './prune-plan.ts'

export const KINDS = ['images', 'blobs', 'registry', 'containers', 'logs', 'volumes', 'build-cache', 'database', 'temporary', 'other'] as const
export type Kind = (typeof KINDS)[number]

export interface KindUsage extends Usage {
  readonly kind: Kind
  /** Things of the kind, and those of them in use; undefined for what is no list of things. */
  readonly count: number | undefined
  readonly active: number | undefined
  /** Of `bytes`: what {@link planPrune} of everything would remove. */
  readonly reclaimableBytes: number
}

/** Where the data is, what its file system has, and what takes how much of it. */
export interface DataUsage {
  readonly root: string
  readonly fileSystem: { readonly totalBytes: number; readonly freeBytes: number }
  readonly kinds: readonly KindUsage[]
}

/** Everything below the data root, each file counted for one kind. @param path relative to the data root */
export function kindOf(path: string): Kind {
  const [first = '', second = '', third = ''] = path.split('/', 3)
  // What the engine keeps of itself.
  if (first.startsWith('engine.db') || first.startsWith('events.jsonl')) return 'database'
  if (first === 'builds' || (first === 'images' && /^incoming$|^load-/.test(second))) return 'temporary'
  // What every container needs is no image's.
  if (first === 'images' && second === 'layers' && (third === '' || third === 'init')) return 'other'
  if (first === 'images' && second === 'layers') return /^(incoming|removed)-/.test(third) ? 'temporary' : 'images'
  if (first === 'images' && second === 'blobs') return 'blobs'
  if (first === 'registry') return 'registry'
  if (first === 'containers') return third.startsWith('container.log') ? 'logs' : 'containers'
  if (first === 'volumes') return 'volumes'
  return first === 'build-caches' ? 'build-cache' : 'other'
}

/** Walks the whole data root. */
export async function dataUsage(parts: DataRootParts): Promise<DataUsage> {
  const { store, images, volumes } = parts.containers
  const [found, plan, { bsize, blocks, bavail }] = await Promise.all([
    diskUsage(parts.path, kindOf),
    planPrune(parts, { all: true, volumes: true }),
    statfs(parts.path),
  ])
  const caches = await parts.caches.all()
  const all = images.all()
  const counts: Partial<Record<Kind, readonly [count: number, active: number]>> = {
    images: [all.length, all.filter(({ id }) => images.usersOf(id).length > 0).length],
    containers: [store.all().length, store.all().filter(({ state }) => isRunning(state)).length],
    volumes: [volumes.all().length, volumes.all().filter(({ name }) => volumes.usersOf(name).length > 0).length],
    'build-cache': [caches.length, caches.filter(({ isUsed }) => isUsed).length],
  }
  const reclaimable: Partial<Record<Kind, number>> = {
    images: plan.layerBytes,
    blobs: plan.blobBytes,
    containers: sum(plan.containers.map(({ bytes, logBytes }) => bytes - logBytes)),
    logs: sum(plan.containers.map(({ logBytes }) => logBytes)),
    volumes: sum(plan.volumes.map(({ bytes }) => bytes)),
    'build-cache': sum(plan.buildCaches.map(({ bytes }) => bytes)),
  }
  const kinds = KINDS.map((kind) => ({
    kind,
    count: counts[kind]?.[0],
    active: counts[kind]?.[1],
    ...(found.get(kind) ?? { bytes: 0, diskBytes: 0, entries: 0 }),
    reclaimableBytes: reclaimable[kind] ?? 0,
  }))
  return { root: parts.path, fileSystem: { totalBytes: blocks * bsize, freeBytes: bavail * bsize }, kinds }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
