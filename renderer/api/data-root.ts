import { callEngine, fetchJson } from './engine-client.ts'
import { isRecord, type JsonRecord, numberAt, recordAt, recordsAt, textAt, textsAt } from './json.ts'

/** What one kind of thing takes in the data directory. @see docs/data-directory.md */
export interface KindUsage {
  readonly kind: string
  /** Undefined for what is no list of things. */
  readonly count: number | undefined
  readonly active: number | undefined
  readonly bytes: number
  readonly diskBytes: number
  readonly reclaimableBytes: number
}

export interface DataUsage {
  readonly root: string
  readonly totalBytes: number
  readonly freeBytes: number
  readonly kinds: readonly KindUsage[]
}

/** Walks the whole data directory: seconds, where there is much in it. */
export async function measureData(signal: AbortSignal): Promise<DataUsage> {
  const reply = await fetchJson('/engineroom/v1/data', { signal })
  const from = isRecord(reply) ? reply : {}
  const fileSystem = recordAt(from, 'fileSystem')
  return {
    root: textAt(from, 'root'),
    totalBytes: numberAt(fileSystem, 'totalBytes') ?? 0,
    freeBytes: numberAt(fileSystem, 'freeBytes') ?? 0,
    kinds: recordsAt(from, 'kinds').map(parseKind),
  }
}

function parseKind(from: JsonRecord): KindUsage {
  return {
    kind: textAt(from, 'kind'),
    count: numberAt(from, 'count'),
    active: numberAt(from, 'active'),
    bytes: numberAt(from, 'bytes') ?? 0,
    diskBytes: numberAt(from, 'diskBytes') ?? 0,
    reclaimableBytes: numberAt(from, 'reclaimableBytes') ?? 0,
  }
}

export interface PruneChoice {
  /** Every image that no container needs, not only those without a name. */
  readonly all: boolean
  /** Anonymous volumes, too. */
  readonly volumes: boolean
}

interface Sized {
  readonly name: string
  readonly bytes: number
}

/** What would go. */
export interface PrunePlan {
  readonly containers: readonly (Sized & { readonly id: string })[]
  readonly images: readonly { readonly id: string; readonly names: readonly string[] }[]
  /** Of all these images together: what only they have. */
  readonly imageBytes: number
  readonly volumes: readonly Sized[]
  readonly buildCaches: readonly Sized[]
  readonly bytes: number
}

export async function planPrune(choice: PruneChoice, signal: AbortSignal): Promise<PrunePlan> {
  const reply = await fetchJson('/engineroom/v1/data/prune', { query: { ...choice }, signal })
  const from = isRecord(reply) ? reply : {}
  return {
    containers: recordsAt(from, 'containers').map((one) => ({ ...sized(one), id: textAt(one, 'id') })),
    images: recordsAt(from, 'images').map((one) => ({ id: textAt(one, 'id'), names: textsAt(one, 'names') })),
    imageBytes: (numberAt(from, 'layerBytes') ?? 0) + (numberAt(from, 'blobBytes') ?? 0),
    volumes: recordsAt(from, 'volumes').map(sized),
    buildCaches: recordsAt(from, 'buildCaches').map(sized),
    bytes: numberAt(from, 'bytes') ?? 0,
  }
}

function sized(from: JsonRecord): Sized {
  return { name: textAt(from, 'name'), bytes: numberAt(from, 'bytes') ?? 0 }
}

/** Removes what the plan showed and nothing else, as a task of the engine. @throws CallError where it could not begin */
export function pruneData(choice: PruneChoice, plan: PrunePlan, signal: AbortSignal): Promise<Response> {
  const body = {
    containers: plan.containers.map(({ id }) => id),
    images: plan.images.map(({ id }) => id),
    volumes: plan.volumes.map(({ name }) => name),
    buildCaches: plan.buildCaches.map(({ name }) => name),
  }
  return callEngine('POST', '/engineroom/v1/data/prune', { query: { ...choice }, body, signal, task: { kind: 'prune', name: 'data' } })
}

/** Asks for the whole directory to lie elsewhere: the engine ends, copies, compares, and starts there; its events tell of the end by breaking off. @param stop whether containers that run are stopped @throws CallError where it cannot be */
export async function moveData(to: string, stop: boolean): Promise<void> {
  await (await callEngine('POST', '/engineroom/v1/data/move', { body: { to, stop } })).arrayBuffer()
}
