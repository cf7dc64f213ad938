import { removalText } from '../linux/nft.ts'
import { type BridgeRules, bridgesText } from './bridge-rules.ts'
import { elementsText, portTableText } from './port-rules.ts'
import type { PublishedPort } from './ports.ts'
import { DNS_ADDRESS } from './text-files.ts'

/**
 * The whole nftables tables of a daemon, as one transaction that replaces what was before. Published ports are map
 * elements, so that a container without any needs no change of rules; a network that comes or goes changes the rules of
 * all bridges and leaves the maps alone. @see bridgesText
 */
export function rulesetText(table: string, bridges: readonly BridgeRules[], published: readonly PublishedPort[]): string {
  const empty = `${removalText('ip', table)}${removalText('ip6', table)}`
  return `${empty}${portTableText('ip', table)}${bridgesText(table, bridges)}${elementsText('add', table, published)}`
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
