import { type FileChange, listChanges, parseContainerDetails } from './container-details.ts'
import { fetchJson } from './engine-client.ts'
import { asRecords, isRecord, type JsonRecord, numberAt, recordAt, recordsAt, textAt, textMapAt, textsAt } from './json.ts'

/** What a person wants to know before a container is replaced by a new one. */
export interface ReplacementFacts {
  readonly name: string
  readonly isLive: boolean
  /** `--rm`: stopping it is the end of it. */
  readonly removesItself: boolean
  /** Of compose; empty for none. */
  readonly project: string
  /** Host addresses of the port today; empty for every one. */
  readonly addresses: readonly string[]
  readonly volumes: readonly { readonly name: string; readonly destination: string }[]
  readonly networks: readonly string[]
  /** What it wrote into its own files, which nobody else has. */
  readonly changes: readonly FileChange[]
  readonly writtenBytes: number
  /** Names of containers that use its network as theirs. */
  readonly sharers: readonly string[]
}

/** @param inside `80/tcp` @param from the host port of today. @see Engine API 1.51 ContainerInspect, ContainerChanges */
export async function findReplacementFacts(id: string, inside: string, from: number, signal: AbortSignal): Promise<ReplacementFacts> {
  const [reply, changes, all] = await Promise.all([
    fetchJson(`/containers/${id}/json`, { query: { size: true }, signal }),
    listChanges(id, signal),
    fetchJson('/containers/json', { query: { all: true }, signal }),
  ])
  const container = isRecord(reply) ? reply : {}
  const host = recordAt(container, 'HostConfig')
  const details = parseContainerDetails(container)
  return {
    name: textAt(container, 'Name').replace(/^\//, ''),
    isLive: recordAt(container, 'State').Running === true,
    removesItself: host.AutoRemove === true,
    project: textMapAt(recordAt(container, 'Config'), 'Labels')['com.docker.compose.project'] ?? '',
    addresses: addressesOf(recordAt(host, 'PortBindings'), inside, String(from)),
    volumes: details.mounts.filter(({ type }) => type === 'volume').map(({ source, destination }) => ({ name: source, destination })),
    networks: details.networks.map(({ name }) => name),
    changes: changes.filter(({ path }) => !details.mounts.some(({ destination }) => isOnTheWayTo(path, destination))),
    writtenBytes: numberAt(container, 'SizeRw') ?? 0,
    sharers: asRecords(all)
      .filter((one) => textAt(recordAt(one, 'HostConfig'), 'NetworkMode') === `container:${id}`)
      .map((one) => (textsAt(one, 'Names')[0] ?? '').replace(/^\//, '')),
  }
}

/** A folder that something is mounted on, or one above it: nothing that the container wrote. */
function isOnTheWayTo(path: string, destination: string): boolean {
  return `${destination}/`.startsWith(`${path}/`)
}

function addressesOf(bindings: JsonRecord, inside: string, port: string): string[] {
  const own = recordsAt(bindings, inside).filter((one) => textAt(one, 'HostPort') === port)
  return own.map((one) => textAt(one, 'HostIp')).filter((address) => !['', '0.0.0.0', '::'].includes(address))
}
