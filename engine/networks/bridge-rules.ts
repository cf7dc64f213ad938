import { removalText } from '../linux/nft.ts'
import type { GatewayMode } from './bridge-options.ts'
import { FAMILIES, type Family, isOf, portTableText } from './port-rules.ts'

/** What the rules say of one bridge. */
export interface BridgeRules {
  readonly bridge: string
  /** At most one of each IP version. */
  readonly subnets: readonly SubnetRules[]
  readonly hidesAddresses: boolean
  readonly allowsNeighbours: boolean
  /** From these interfaces, containers are reached at their own addresses, too, as in `routed` mode. */
  readonly trustedInterfaces: readonly string[]
  /** Nothing goes out of it or comes in, except from and to the host itself. */
  readonly isInternal: boolean
}

export interface SubnetRules {
  readonly subnet: string
  readonly mode: GatewayMode
  /** What the outside sees instead of the containers' addresses; empty for the address that the host itself would use. */
  readonly source: string
}

/**
 * The rules of all bridges, as a transaction that replaces those before and leaves the maps of published ports alone. The
 * guard undoes for containers what `route_localnet` does for the host: its loopback is not theirs. A bridge takes in what
 * its containers asked for and what was published; so bridges do not reach each other.
 */
export function bridgesText(table: string, bridges: readonly BridgeRules[]): string {
  const six = bridges.filter(({ subnets }) => subnets.some(({ subnet }) => isOf('ip6', subnet)))
  const ip = chainsText(`ip ${table}`, {
    guard: { hook: 'filter hook prerouting priority raw', rules: bridges.map(({ bridge }) => `iifname "${bridge}" ip daddr 127.0.0.0/8 drop`) },
    ...chainsOf('ip', bridges),
  })
  // A machine without IPv6 needs none of it.
  const ip6 = six.length > 0 ? `${portTableText('ip6', table)}${chainsText(`ip6 ${table}`, chainsOf('ip6', six))}` : removalText('ip6', table)
  return `${ip}${ip6}`
}

interface Chain {
  readonly hook: string
  readonly rules: readonly string[]
}

/** Internal bridges first in what is forwarded: nothing that is accepted for others is for them. */
function chainsOf(family: Family, bridges: readonly BridgeRules[]): Readonly<Record<string, Chain>> {
  const [internal, open] = [bridges.filter(({ isInternal }) => isInternal), bridges.filter(({ isInternal }) => !isInternal)]
  return {
    postrouting: { hook: 'nat hook postrouting priority srcnat', rules: bridges.flatMap((rules) => translations(family, rules)) },
    forward: { hook: 'filter hook forward priority 0', rules: [...internal, ...open].flatMap((rules) => forwardRules(family, rules)) },
  }
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

function subnetOf(family: Family, { subnets }: BridgeRules): SubnetRules | undefined {
  return subnets.find(({ subnet }) => isOf(family, subnet))
}

/** The host's loopback reaches published ports as well; a container reaches its own. */
function translations(family: Family, rules: BridgeRules): string[] {
  const { bridge, hidesAddresses, isInternal } = rules
  const found = subnetOf(family, rules)
  const fromLoopback = family === 'ip' ? [`ip saddr 127.0.0.0/8 oifname "${bridge}" masquerade`] : []
  if (!found) return fromLoopback
  const isHidden = hidesAddresses && !isInternal && found.mode !== 'routed'
  return [
    ...fromLoopback,
    `${family} saddr ${found.subnet} oifname "${bridge}" ct status dnat masquerade`,
    ...(isHidden ? [`${family} saddr ${found.subnet} oifname != "${bridge}" ${found.source === '' ? 'masquerade' : `snat to ${found.source}`}`] : []),
  ]
}

function forwardRules(family: Family, rules: BridgeRules): string[] {
  const { bridge, allowsNeighbours, trustedInterfaces, isInternal } = rules
  const neighbours = `iifname "${bridge}" oifname "${bridge}" ${allowsNeighbours ? 'accept' : 'drop'}`
  if (isInternal) return [neighbours, `iifname "${bridge}" drop`, `oifname "${bridge}" drop`]
  const mode = subnetOf(family, rules)?.mode
  const { icmp, address } = FAMILIES[family]
  const atOpenPorts = `oifname "${bridge}" ${address} . meta l4proto . th dport @open accept`
  const trusted = trustedInterfaces.map((name) => `"${name}"`).join(', ')
  return [
    `oifname "${bridge}" ct state established,related accept`,
    `oifname "${bridge}" ct status dnat accept`,
    ...(mode === 'routed' ? [`oifname "${bridge}" meta l4proto ${icmp} accept`, atOpenPorts] : []),
    ...(mode === 'nat' && trusted !== '' ? [`iifname { ${trusted} } ${atOpenPorts}`] : []),
    neighbours,
    `oifname "${bridge}" ${mode === 'nat-unprotected' ? 'accept' : 'drop'}`,
  ]
}
