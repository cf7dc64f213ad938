import { CallError, callEngine, command, fetchJson } from './engine-client.ts'
import { isRecord, type JsonRecord, numberAt, recordAt, recordsAt, textAt } from './json.ts'
import type { VolumeRow } from './types.ts'

/** @see Engine API 1.51 VolumeList */
export async function listVolumes(signal?: AbortSignal): Promise<VolumeRow[]> {
  const reply = await fetchJson('/volumes', { signal })
  return isRecord(reply) ? recordsAt(reply, 'Volumes').map(parseVolume) : []
}

/** @see Engine API 1.51 VolumeInspect */
export async function findVolume(name: string): Promise<VolumeRow | undefined> {
  try {
    const reply = await fetchJson(`/volumes/${encodeURIComponent(name)}`)
    return isRecord(reply) ? parseVolume(reply) : undefined
  } catch (error) {
    if (error instanceof CallError && error.status === 404) return undefined
    throw error
  }
}

/** The whole answer as the engine gave it. */
export function inspectVolume(name: string, signal: AbortSignal): Promise<unknown> {
  return fetchJson(`/volumes/${encodeURIComponent(name)}`, { signal })
}

/** @throws CallError while a container uses it. @see Engine API 1.51 VolumeDelete */
export async function removeVolume(name: string): Promise<void> {
  await command('DELETE', `/volumes/${encodeURIComponent(name)}`)
}

export interface VolumeRequest {
  /** Empty: the engine thinks of one. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly options: Readonly<Record<string, string>>
}

/** @returns its name @throws CallError with docker's words. @see Engine API 1.51 VolumeCreate */
export async function createVolume({ name, labels, options }: VolumeRequest): Promise<string> {
  return nameIn(await callEngine('POST', '/volumes/create', { body: { Name: name, Labels: labels, DriverOpts: options } }))
}

/** A new volume with what is in another. @returns its name @throws CallError; then there is none. @see docs/files.md */
export async function cloneVolume(source: string, name: string): Promise<string> {
  return nameIn(await callEngine('POST', `/engineroom/v1/volumes/${encodeURIComponent(source)}/clone`, { body: { Name: name } }))
}

/** A new volume with what is in an archive. @returns its name @throws CallError; then there is none. @see docs/files.md */
export async function importVolume(name: string, archive: Blob): Promise<string> {
  return nameIn(await callEngine('POST', '/engineroom/v1/volumes', { query: { name }, upload: archive }))
}

/** Bytes in each volume. @see Engine API 1.51 SystemDataUsage */
export async function volumeSizes(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const reply = await fetchJson('/system/df', { query: { type: 'volume' }, signal })
  const volumes = isRecord(reply) ? recordsAt(reply, 'Volumes') : []
  return new Map(volumes.map((one) => [textAt(one, 'Name'), numberAt(recordAt(one, 'UsageData'), 'Size') ?? 0]))
}

async function nameIn(response: Response): Promise<string> {
  const reply: unknown = await response.json()
  return isRecord(reply) ? textAt(reply, 'Name') : ''
}

function parseVolume(from: JsonRecord): VolumeRow {
  const createdAtMs = Date.parse(textAt(from, 'CreatedAt'))
  return {
    name: textAt(from, 'Name'),
    driver: textAt(from, 'Driver'),
    mountpoint: textAt(from, 'Mountpoint'),
    createdAtMs: createdAtMs > 0 ? createdAtMs : undefined,
  }
}
