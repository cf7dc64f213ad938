import type { PortHolder } from '../api/ports.ts'
import type { ContainerRow, Port } from '../api/types.ts'
import { say } from './say.ts'

/** A published port as a list shows it: IPv4 and IPv6 of one port are one row. */
export interface PortRow {
  readonly key: string
  readonly port: number
  readonly protocol: string
  /** Host addresses; empty when every one of them leads there. */
  readonly addresses: readonly string[]
  readonly private: number
  readonly container: ContainerRow
}

const EVERY_ADDRESS = ['', '0.0.0.0', '::']

/** Every published port, by number. */
export function portRows(containers: Iterable<ContainerRow>): PortRow[] {
  const rows = new Map<string, PortRow>()
  for (const container of containers) for (const port of container.ports) add(rows, container, port)
  return [...rows.values()].sort((a, b) => a.port - b.port || a.key.localeCompare(b.key))
}

function add(rows: Map<string, PortRow>, container: ContainerRow, { address, published, private: inside, protocol }: Port): void {
  if (published === undefined) return
  const key = formatPortKey({ containerId: container.id, port: published, inside: `${inside}/${protocol}` })
  const known = rows.get(key)
  const own = EVERY_ADDRESS.includes(address) ? [] : [address]
  rows.set(key, { key, port: published, protocol, addresses: [...new Set([...(known?.addresses ?? []), ...own])], private: inside, container })
}

/** A published port by itself, as a place in the window names it; a container that does not run has no row. */
export interface PortPlace {
  readonly containerId: string
  readonly port: number
  /** `80/tcp` */
  readonly inside: string
}

export function formatPortKey({ containerId, port, inside }: PortPlace): string {
  return `${containerId} ${port} ${inside}`
}

export function parsePortKey(key: string): PortPlace | undefined {
  const [, containerId, port, inside] = /^([0-9a-f]{64}) (\d+) (\d+\/(?:tcp|udp|sctp))$/.exec(key) ?? []
  return containerId === undefined || inside === undefined ? undefined : { containerId, port: Number(port), inside }
}

/** Where a person on the engine's machine reaches it: `localhost:8080`. */
export function reachAt({ addresses, port }: PortRow): string {
  const [address = 'localhost'] = addresses
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** A browser can open it. */
export function isOpenable({ protocol }: Pick<PortRow, 'protocol'>): boolean {
  return protocol === 'tcp'
}

/** `nginx (pid 7) and node (pid 9)`; empty when no process is known. */
export function holderWords(holders: readonly PortHolder[]): string {
  const names = holders.flatMap((holder) =>
    holder.pid === undefined ? [] : [say('{program} (pid {pid})', { program: programOf(holder), pid: String(holder.pid) })],
  )
  const [first = '', ...others] = new Set(names)
  return others.reduce((words, other) => say('{first} and {second}', { first: words, second: other }), first)
}

/** Node calls its main thread so, and the kernel calls the process by it. */
const NAME_OF_NODE = 'MainThread'

function programOf({ program, command }: PortHolder): string {
  if (program !== NAME_OF_NODE) return program
  return /([^/\s]+)(?:\s|$)/.exec(command)?.[1] ?? program
}

/** `8080`, `53/udp` → a port to ask for; undefined for what is none. */
export function parsePortQuestion(text: string): { port: number; protocol: string } | undefined {
  const [, number = '', protocol = 'tcp'] = /^\s*:?(\d{1,5})(?:\/(tcp|udp|sctp))?\s*$/.exec(text) ?? []
  const port = Number(number)
  return port >= 1 && port <= 65_535 ? { port, protocol } : undefined
}

/** Whether every word of the filter occurs in the row. */
export function matchesPort(row: PortRow, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const text = [`:${row.port}`, `${row.private}/${row.protocol}`, row.container.name, row.container.image, ...row.addresses].join('\n').toLowerCase()
  return words.every((word) => text.includes(word))
}
