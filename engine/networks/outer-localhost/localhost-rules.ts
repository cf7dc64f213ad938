/** A container in the network of this machine. */
export interface LocalhostMember {
  /** Below the root of cgroup v2, without a slash at its start. */
  readonly cgroup: string
  /** How deep that is: 1 for a cgroup right below the root. */
  readonly level: number
}

export interface LocalhostState {
  /** The outer host, as this machine sees it. */
  readonly outer: string
  /** The interface that leads there. */
  readonly device: string
  readonly members: readonly LocalhostMember[]
  /** What somebody listens on here, at 127.0.0.1. */
  readonly here: readonly number[]
  /** Of these, what is open to the outer host and reached at 127.0.0.1 alone. */
  readonly inside: readonly number[]
}

/**
 * The table that joins the loopbacks of this machine and of the outer host, as a transaction that replaces the one before.
 * What members ask of 127.0.0.1 where nobody listens is asked of the outer host; what it asks of ports that listen on
 * 127.0.0.1 alone gets there. Published ports come first, by the priority of their chains. Nobody else comes to our loopback through
 * the interface, which has `route_localnet` for this. @see nft(8), "SOCKET EXPRESSION"
 */
export function localhostText(table: string, { outer, device, members, here, inside }: LocalhostState): string {
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
  set here { type inet_service; ${elements(here)}}
  set inside { type inet_service; ${elements(inside)}}
  chain guard {
    type filter hook prerouting priority raw; policy accept;
    iifname "${device}" ip daddr 127.0.0.0/8 drop
  }
  chain output {
    type nat hook output priority -90; policy accept;
${members.map(({ cgroup, level }) => `    ip daddr 127.0.0.1 tcp dport != @here socket cgroupv2 level ${level} "${cgroup}" dnat to ${outer}\n`).join('')}  }
  chain prerouting {
    type nat hook prerouting priority -90; policy accept;
    iifname "${device}" ip saddr ${outer} tcp dport @inside fib daddr type local dnat to 127.0.0.1
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 127.0.0.0/8 ip daddr ${outer} oifname "${device}" masquerade
  }
}
`
}

function elements(ports: readonly number[]): string {
  return ports.length > 0 ? `elements = { ${ports.join(', ')} }; ` : ''
}
