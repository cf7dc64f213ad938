import { CallError, command, fetchJson } from './engine-client.ts'
import { isRecord, type JsonRecord, recordsAt, textAt } from './json.ts'
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

/** @throws CallError while a container uses it. @see Engine API 1.51 VolumeDelete */
export async function removeVolume(name: string): Promise<void> {
  await command('DELETE', `/volumes/${encodeURIComponent(name)}`)
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
