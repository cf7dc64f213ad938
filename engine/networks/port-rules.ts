import type { PublishedPort } from './ports.ts'

/** Of nftables; each has a table of its own. */
export type Family = 'ip' | 'ip6'

const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const

/** What differs between the two in our rules. */
export const FAMILIES = {
  ip: { type: 'ipv4_addr', address: 'ip daddr', icmp: 'icmp', any: '0.0.0.0', before: '', toHost: 'fib daddr type local' },
  // Connections from link-local addresses, and to the loopback, end at the port's socket: no translated packet finds back to them.
  ip6: {
    type: 'ipv6_addr',
    address: 'ip6 daddr',
    icmp: 'ipv6-icmp',
    any: '::',
    before: 'ip6 saddr != fe80::/10 ',
    toHost: 'ip6 daddr != ::1 fib daddr type local',
  },
} as const

function familyOf(address: string): Family {
  return isOf('ip', address) ? 'ip' : 'ip6'
}

/** Whether an address, or a subnet, is of that family. */
export function isOf(family: Family, address: string): boolean {
  return address.includes(':') === (family === 'ip6')
}

/**
 * The part of a table that serves published ports: maps that change while containers come and go, `open` for those that are
 * reached without translation, and chains that never change. Makes what is not there and leaves the maps' elements.
 */
export function portTableText(family: Family, table: string): string {
  const { type, address, before, toHost } = FAMILIES[family]
  const where = `${family} ${table}`
  const leads = PROTOCOLS.flatMap((protocol) => [
    `dnat ${family} to ${address} . ${protocol} dport map @${protocol}_at`,
    `dnat ${family} to ${protocol} dport map @${protocol}_any`,
  ])
  return [
    `add table ${where}`,
    ...PROTOCOLS.flatMap((protocol) => [
      `add map ${where} ${protocol}_any { type inet_service : ${type} . inet_service; }`,
      `add map ${where} ${protocol}_at { type ${type} . inet_service : ${type} . inet_service; }`,
    ]),
    `add set ${where} open { type ${type} . inet_proto . inet_service; }`,
    `add chain ${where} published`,
    `add chain ${where} prerouting { type nat hook prerouting priority dstnat; policy accept; }`,
    `add chain ${where} output { type nat hook output priority -100; policy accept; }`,
    ...['published', 'prerouting', 'output'].map((chain) => `flush chain ${where} ${chain}`),
    ...leads.map((rule) => `add rule ${where} published ${rule}`),
    `add rule ${where} prerouting ${before}fib daddr type local jump published`,
    `add rule ${where} output ${toHost} jump published`,
    '',
  ].join('\n')
}

/** The change of elements when ports come or go; empty when there is nothing to say. From IPv6 to IPv4 goes through the sockets. */
export function elementsText(verb: 'add' | 'delete', table: string, published: readonly PublishedPort[]): string {
  const lines = published.map(placeHere).flatMap(({ protocol, hostIp, hostPort, containerPort, target, isTrusting = false }) => {
    if (target === '') return []
    const family = familyOf(target)
    const command = `${verb} element ${family} ${table}`
    const open = hostPort === 0 || isTrusting ? [`${command} open { ${target} . ${protocol} . ${containerPort} }`] : []
    if (hostPort === 0 || familyOf(hostIp) !== family) return open
    const isAny = hostIp === FAMILIES[family].any
    const value = verb === 'add' ? ` : ${target} . ${containerPort}` : ''
    return [`${command} ${protocol}_${isAny ? 'any' : 'at'} { ${isAny ? '' : `${hostIp} . `}${hostPort}${value} }`, ...open]
  })
  // Two ports of the host may stand for one that is open.
  return [...new Set(lines)].map((line) => `${line}\n`).join('')
}

/** Where this machine's kernel sees a published port. */
function placeHere(port: PublishedPort): PublishedPort {
  return port.innerPort === undefined ? port : { ...port, hostIp: FAMILIES.ip.any, hostPort: port.innerPort }
}
