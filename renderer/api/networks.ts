import { CallError, fetchJson } from './engine-client.ts'
import { asRecords, isRecord, type JsonRecord, recordAt, recordsAt, textAt } from './json.ts'
import type { NetworkRow } from './types.ts'

/** @see Engine API 1.51 NetworkList */
export async function listNetworks(signal?: AbortSignal): Promise<NetworkRow[]> {
  return asRecords(await fetchJson('/networks', { signal })).map(parseNetwork)
}

/** @see Engine API 1.51 NetworkInspect */
export async function findNetwork(id: string): Promise<NetworkRow | undefined> {
  try {
    const reply = await fetchJson(`/networks/${id}`)
    return isRecord(reply) ? parseNetwork(reply) : undefined
  } catch (error) {
    if (error instanceof CallError && error.status === 404) return undefined
    throw error
  }
}

function parseNetwork(from: JsonRecord): NetworkRow {
  const createdAtMs = Date.parse(textAt(from, 'Created'))
  return {
    id: textAt(from, 'Id'),
    name: textAt(from, 'Name'),
    driver: textAt(from, 'Driver'),
    subnets: recordsAt(recordAt(from, 'IPAM'), 'Config').map((one) => textAt(one, 'Subnet')),
    isInternal: from.Internal === true,
    createdAtMs: createdAtMs > 0 ? createdAtMs : undefined,
  }
}
