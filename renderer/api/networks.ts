import { CallError, callEngine, command, fetchJson } from './engine-client.ts'
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

export interface NetworkRequest {
  readonly name: string
  readonly driver: string
  /** What is empty the engine chooses. */
  readonly pool: { readonly subnet: string; readonly gateway: string; readonly ipRange: string }
  readonly isInternal: boolean
  readonly isAttachable: boolean
  readonly hasIPv6: boolean
  /** Of the driver. */
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
}

/** @returns its id @throws CallError with docker's words. @see Engine API 1.51 NetworkCreate */
export async function createNetwork({ pool, ...wanted }: NetworkRequest): Promise<string> {
  const config = { ...(pool.subnet && { Subnet: pool.subnet }), ...(pool.gateway && { Gateway: pool.gateway }), ...(pool.ipRange && { IPRange: pool.ipRange }) }
  const response = await callEngine('POST', '/networks/create', {
    body: {
      Name: wanted.name,
      Driver: wanted.driver,
      Internal: wanted.isInternal,
      Attachable: wanted.isAttachable,
      EnableIPv6: wanted.hasIPv6,
      IPAM: { Driver: 'default', Config: Object.keys(config).length > 0 ? [config] : [] },
      Options: wanted.options,
      Labels: wanted.labels,
    },
  })
  const reply: unknown = await response.json()
  return isRecord(reply) ? textAt(reply, 'Id') : ''
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
