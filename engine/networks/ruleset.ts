import type { PublishedPort } from './ports.ts'
import { DNS_ADDRESS } from './text-files.ts'

/** What the rules say of one bridge. */
export interface BridgeRules {
  readonly bridge: string
  /** IPv4 and IPv6 subnets. */
  readonly subnets: readonly string[]
  readonly hidesAddresses: boolean
  readonly allowsNeighbours: boolean
  /** Nothing goes out of it or comes in, except from and to the host itself. */
  readonly isInternal: boolean
}

/** A published port and the container behind it. */
export interface Publication {
  readonly port: PublishedPort
  readonly target: string
}

const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const

/**
 * The whole nftables tables of a daemon, as one transaction that replaces what was before. Published ports are map
 * elements, so that a container without any needs no change of rules; a network that comes or goes changes the rules of
 * all bridges and leaves the maps alone. @see bridgesText
 */
export function rulesetText(table: string, bridges: readonly BridgeRules[], publications: readonly Publication[]): string {
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
${PROTOCOLS.map(mapsOf).join('\n')}
  chain published {
${PROTOCOLS.map((protocol) => `    dnat ip to ip daddr . ${protocol} dport map @${protocol}_at\n    dnat ip to ${protocol} dport map @${protocol}_any`).join('\n')}
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump published
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump published
  }
}
${bridgesText(table, bridges)}${elementsText('add', table, publications)}`
}

function mapsOf(protocol: string): string {
  return `  map ${protocol}_any {
    type inet_service : ipv4_addr . inet_service
  }
  map ${protocol}_at {
    type ipv4_addr . inet_service : ipv4_addr . inet_service
  }`
}

/**
 * The rules of all bridges, as a transaction that replaces those before. The guard undoes for containers what
 * `route_localnet` does for the host: its loopback is not theirs. A bridge takes in what its containers asked for and
 * what was published; so bridges do not reach each other.
 */
export function bridgesText(table: string, bridges: readonly BridgeRules[]): string {
  const v4 = bridges.map((rules) => ({ ...rules, subnets: rules.subnets.filter((subnet) => !subnet.includes(':')) }))
  const v6 = bridges.map((rules) => ({ ...rules, subnets: rules.subnets.filter((subnet) => subnet.includes(':')) })).filter(({ subnets }) => subnets.length > 0)
  const ip = chainsText(`ip ${table}`, {
    guard: { hook: 'filter hook prerouting priority raw', rules: v4.map(({ bridge }) => `iifname "${bridge}" ip daddr 127.0.0.0/8 drop`) },
    postrouting: {
      hook: TRANSLATION,
      rules: v4.flatMap((rules) => [`ip saddr 127.0.0.0/8 oifname "${rules.bridge}" masquerade`, ...translations('ip', rules)]),
    },
    forward: forwardChain(v4),
  })
  const ip6 = chainsText(`ip6 ${table}`, {
    postrouting: { hook: TRANSLATION, rules: v6.flatMap((rules) => translations('ip6', rules)) },
    forward: forwardChain(v6),
  })
  return `${ip}table ip6 ${table}\ndelete table ip6 ${table}\n${v6.length === 0 ? '' : ip6}`
}

const TRANSLATION = 'nat hook postrouting priority srcnat'

/** Internal bridges first: nothing that is accepted for others is for them. */
function forwardChain(bridges: readonly BridgeRules[]): Chain {
  const [internal, open] = [bridges.filter(({ isInternal }) => isInternal), bridges.filter(({ isInternal }) => !isInternal)]
  return { hook: 'filter hook forward priority 0', rules: [...internal, ...open].flatMap(forwardRules) }
}

interface Chain {
  readonly hook: string
  readonly rules: readonly string[]
}

/** Chains that are emptied first, if they were there. */
function chainsText(table: string, chains: Readonly<Record<string, Chain>>): string {
  const texts = Object.entries(chains).map(([name, { hook, rules }]) => {
    const where = `${table} ${name}`
    const lines = [`add chain ${where} { type ${hook}; policy accept; }`, `flush chain ${where}`, ...rules.map((rule) => `add rule ${where} ${rule}`)]
    return `${lines.join('\n')}\n`
  })
  return `add table ${table}\n${texts.join('')}`
}

function translations(family: 'ip' | 'ip6', { bridge, subnets, hidesAddresses, isInternal }: BridgeRules): string[] {
  return subnets.flatMap((subnet) => [
    `${family} saddr ${subnet} oifname "${bridge}" ct status dnat masquerade`,
    ...(hidesAddresses && !isInternal ? [`${family} saddr ${subnet} oifname != "${bridge}" masquerade`] : []),
  ])
}

function forwardRules({ bridge, allowsNeighbours, isInternal }: BridgeRules): string[] {
  const neighbours = `iifname "${bridge}" oifname "${bridge}" ${allowsNeighbours ? 'accept' : 'drop'}`
  if (isInternal) return [neighbours, `iifname "${bridge}" drop`, `oifname "${bridge}" drop`]
  return [`oifname "${bridge}" ct state established,related accept`, `oifname "${bridge}" ct status dnat accept`, neighbours, `oifname "${bridge}" drop`]
}

/** The change of map elements when ports come or go; empty when there is nothing to say. IPv6 goes through the sockets. */
export function elementsText(verb: 'add' | 'delete', table: string, publications: readonly Publication[]): string {
  return publications
    .filter(({ port }) => !port.hostIp.includes(':'))
    .map(({ port, target }) => {
      const { protocol, hostIp, hostPort, containerPort } = port
      const isAny = hostIp === '0.0.0.0'
      const key = isAny ? `${hostPort}` : `${hostIp} . ${hostPort}`
      const value = verb === 'add' ? ` : ${target} . ${containerPort}` : ''
      return `${verb} element ip ${table} ${protocol}_${isAny ? 'any' : 'at'} { ${key}${value} }\n`
    })
    .join('')
}

/**
 * The rules inside a container: what it asks of 127.0.0.11 is asked of our resolver, at a gateway or inside; without one, of nobody.
 * Nobody outside reaches its loopback, though these packets leave from there.
 */
export function sandboxText(resolver: { readonly address: string; readonly port: number } | undefined): string {
  const asks = resolver
    ? ['udp', 'tcp'].map((protocol) => `    ip daddr ${DNS_ADDRESS} ${protocol} dport 53 dnat to ${resolver.address}:${resolver.port}\n`).join('')
    : ''
  return `table ip engineroom
delete table ip engineroom
table ip engineroom {
  chain guard {
    type filter hook prerouting priority raw; policy accept;
    iifname != "lo" ip daddr 127.0.0.0/8 drop
  }
  chain output {
    type nat hook output priority -100; policy accept;
${asks}  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 127.0.0.0/8 oifname != "lo" masquerade
  }
}
`
}

/** Marks the rules that we put into somebody else's chain. */
export function foreignComment(bridge: string): string {
  return `engineroom ${bridge}`
}
