import { CallError, command, fetchJson } from './engine-client.ts'
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

/** @throws CallError with docker's words. @see Engine API 1.51 NetworkConnect */
export async function connectContainer(networkId: string, containerId: string, aliases: readonly string[]): Promise<void> {
  const body = { Container: containerId, EndpointConfig: aliases.length > 0 ? { Aliases: aliases } : {} }
  await command('POST', `/networks/${networkId}/connect`, { body })
}

/** @throws CallError with docker's words. @see Engine API 1.51 NetworkDisconnect */
export async function disconnectContainer(networkId: string, containerId: string): Promise<void> {
  await command('POST', `/networks/${networkId}/disconnect`, { body: { Container: containerId } })
}

/** The whole answer as the engine gave it. */
export function inspectNetwork(id: string, signal: AbortSignal): Promise<unknown> {
  return fetchJson(`/networks/${id}`, { signal })
}

/** @throws CallError while a container is in it. @see Engine API 1.51 NetworkDelete */
export async function removeNetwork(id: string): Promise<void> {
  await command('DELETE', `/networks/${id}`)
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
