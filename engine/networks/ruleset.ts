import type { PublishedPort } from './ports.ts'

export interface BridgeRules {
  readonly table: string
  readonly bridge: string
  readonly subnet: string
  readonly hidesAddresses: boolean
  readonly allowsNeighbours: boolean
}

/** A published port and the container behind it. */
export interface Publication {
  readonly port: PublishedPort
  readonly target: string
}

const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const

/**
 * The whole nftables table of a daemon, as one transaction that replaces the one before. Published ports are map
 * elements, so that a container without any needs no change of rules. The guard undoes for containers what
 * `route_localnet` does for the host: its loopback is not theirs.
 */
export function rulesetText(rules: BridgeRules, publications: readonly Publication[]): string {
  const { table, bridge, subnet } = rules
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
${PROTOCOLS.map(mapsOf).join('\n')}
  chain published {
${PROTOCOLS.map((protocol) => `    dnat ip to ip daddr . ${protocol} dport map @${protocol}_at\n    dnat ip to ${protocol} dport map @${protocol}_any`).join('\n')}
  }
  chain guard {
    type filter hook prerouting priority raw; policy accept;
    iifname "${bridge}" ip daddr 127.0.0.0/8 drop
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump published
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump published
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 127.0.0.0/8 oifname "${bridge}" masquerade
    ip saddr ${subnet} oifname "${bridge}" ct status dnat masquerade
${rules.hidesAddresses ? `    ip saddr ${subnet} oifname != "${bridge}" masquerade\n` : ''}  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    oifname "${bridge}" ct state established,related accept
    oifname "${bridge}" ct status dnat accept
    iifname "${bridge}" oifname "${bridge}" ${rules.allowsNeighbours ? 'accept' : 'drop'}
    oifname "${bridge}" drop
  }
}
${elementsText('add', table, publications)}`
}

function mapsOf(protocol: string): string {
  return `  map ${protocol}_any {
    type inet_service : ipv4_addr . inet_service
  }
  map ${protocol}_at {
    type ipv4_addr . inet_service : ipv4_addr . inet_service
  }`
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

/** Marks the rules that we put into somebody else's chain. */
export function foreignComment(bridge: string): string {
  return `engineroom ${bridge}`
}
