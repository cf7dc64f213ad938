import type { PortSummary } from '../api-types.ts'

/**
 * The `PORTS` of a container: neighbouring ports that map to themselves as one range, then the others one by one, as in
 * `77/tcp, 0.0.0.0:9000-9002->9000-9002/tcp, [::]:8080->80/tcp`.
 */
export function portsText(ports: readonly PortSummary[]): string {
  const groups = new Map<string, { first: number; last: number }>()
  const done: string[] = []
  const mapped: string[] = []
  for (const { IP, PrivatePort, PublicPort, Type } of [...ports].sort(byPort)) {
    if (IP && PublicPort !== PrivatePort) {
      mapped.push(`${hostPart(IP)}:${PublicPort ?? 0}->${PrivatePort}/${Type}`)
      continue
    }
    const key = IP ? `${IP}/${Type}` : Type
    const group = groups.get(key)
    if (group && PrivatePort === group.last + 1) {
      group.last = PrivatePort
      continue
    }
    if (group) done.push(rangeText(key, group.first, group.last))
    groups.set(key, { first: PrivatePort, last: PrivatePort })
  }
  return [...done, ...[...groups].map(([key, { first, last }]) => rangeText(key, first, last)), ...mapped].join(', ')
}

function byPort(a: PortSummary, b: PortSummary): number {
  if (a.PrivatePort !== b.PrivatePort) return a.PrivatePort - b.PrivatePort
  if (a.IP !== b.IP) return (a.IP ?? '') < (b.IP ?? '') ? -1 : 1
  if (a.PublicPort !== b.PublicPort) return (a.PublicPort ?? 0) - (b.PublicPort ?? 0)
  return a.Type < b.Type ? -1 : 1
}

function rangeText(key: string, first: number, last: number): string {
  const [left = '', right] = key.split('/')
  const ports = first === last ? String(first) : `${first}-${last}`
  return right === undefined ? `${ports}/${left}` : `${hostPart(left)}:${ports}->${ports}/${right}`
}

function hostPart(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip
}
