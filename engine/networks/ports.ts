import { EngineError } from '../errors.ts'
import type { PortBinding, PortMap } from './endpoint-settings.ts'

export type Protocol = 'tcp' | 'udp' | 'sctp'

/** A port of a container that is to be published: where, as far as the client said. */
export interface PortWish {
  readonly containerPort: number
  readonly protocol: Protocol
  /** Empty for every address of the host. */
  readonly hostIp: string
  /** 0 for any free port; otherwise the first of `hostPort … lastHostPort` that is free. */
  readonly hostPort: number
  readonly lastHostPort: number
}

/** `80/tcp`, `53/udp`, `8000-8002`: every single port of it. @throws EngineError `invalid` */
export function parsePort(text: string): { port: number; protocol: Protocol }[] {
  const found = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(text)
  const first = Number(found?.[1])
  const last = Number(found?.[2] ?? first)
  if (!found || first < 1 || last > 65535 || last < first) throw new EngineError('invalid', `invalid port specification: "${text}"`)
  const protocol = (found[3]?.toLowerCase() ?? 'tcp') as Protocol
  return Array.from({ length: last - first + 1 }, (_, i) => ({ port: first + i, protocol }))
}

/**
 * What is to be published: the explicit bindings, and with `publishAll` every exposed port that has none.
 * @throws EngineError `invalid`
 */
export function portWishes(bindings: PortMap, exposed: readonly string[], publishAll: boolean): PortWish[] {
  const wishes = Object.entries(bindings).flatMap(([key, list]) =>
    parsePort(key).flatMap(({ port, protocol }) => (list?.length ? list : list === null ? [{}] : []).map((binding) => wish(port, protocol, binding))),
  )
  if (!publishAll) return wishes
  const bound = new Set(wishes.map((one) => `${one.containerPort}/${one.protocol}`))
  const rest = exposed.flatMap(parsePort).filter(({ port, protocol }) => !bound.has(`${port}/${protocol}`))
  return [...wishes, ...rest.map(({ port, protocol }) => wish(port, protocol, {}))]
}

function wish(containerPort: number, protocol: Protocol, { HostIp = '', HostPort = '' }: PortBinding): PortWish {
  const found = /^(?:(\d+)(?:-(\d+))?)?$/.exec(HostPort)
  const hostPort = Number(found?.[1] || 0)
  const lastHostPort = Number(found?.[2] ?? hostPort)
  if (!found || hostPort > 65535 || lastHostPort > 65535 || lastHostPort < hostPort) throw new EngineError('invalid', `invalid host port: ${HostPort}`)
  return { containerPort, protocol, hostIp: HostIp, hostPort, lastHostPort }
}

/** A host address and port that is ours while the container runs. */
export interface PublishedPort {
  readonly containerPort: number
  readonly protocol: Protocol
  readonly hostIp: string
  /** 0 for a port that is open at the container's own address and on none of the host's. */
  readonly hostPort: number
  /** The container's address. */
  readonly target: string
  /** Whether it is open at that address as well, for interfaces that the network trusts. */
  readonly isTrusting?: boolean
  /** In a virtual machine: the port of this machine's, on every address, that the outer host leads it to. */
  readonly innerPort?: number
}

/** What inspect shows: published ports with their bindings, exposed ones with null. */
export function portMapOf(published: readonly PublishedPort[], exposed: readonly string[]): PortMap {
  const map: Record<string, PortBinding[] | null> = {}
  for (const { port, protocol } of exposed.flatMap(parsePort)) map[`${port}/${protocol}`] = null
  for (const { containerPort, protocol, hostIp, hostPort } of published) {
    const key = `${containerPort}/${protocol}`
    map[key] = [...(map[key] ?? []), { HostIp: hostIp, HostPort: hostPort === 0 ? '' : String(hostPort) }]
  }
  return map
}
