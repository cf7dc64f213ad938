import { linksOn } from '../linux/links.ts'
import { applyRuleset, listChain } from '../linux/nft.ts'
import type { Family } from './port-rules.ts'
import { foreignComment } from './ruleset.ts'

/** Where iptables and ip6tables keep their forwarding rules, when they work on nftables: dockerd's and most firewalls' place. */
const chainOf = (family: Family) => [family, 'filter', 'FORWARD'] as const

/**
 * A dockerd or a firewall on the same host may forward nothing by default, and our own table cannot overrule that: a
 * packet needs the consent of every chain. So we put two marked rules in front of theirs. The chain is made when there
 * is none, as iptables would make it: whoever comes later finds the rules in it and leaves them there.
 *
 * Not covered: firewalld, whose own table refuses what belongs to no zone, and the old iptables that has no nftables.
 */
export async function allowForwarding(family: Family, bridge: string): Promise<void> {
  const [, table, name] = chainOf(family)
  const chain = await listChain(...chainOf(family))
  if (chain?.includes(`"${foreignComment(bridge)}"`)) return
  const made =
    chain === undefined ? `table ${family} ${table} {\n  chain ${name} {\n    type filter hook forward priority filter; policy accept;\n  }\n}\n` : ''
  const rules = ['iifname', 'oifname'].map((side) => `insert rule ${family} ${table} ${name} ${side} "${bridge}" accept comment "${foreignComment(bridge)}"\n`)
  await applyRuleset(`${made}${rules.join('')}`)
}

/** Takes the marked rules out again. Idempotent. */
export async function withdrawForwarding(family: Family, bridge: string): Promise<void> {
  const chain = await listChain(...chainOf(family))
  const marked = chain?.split('\n').filter((line) => line.includes(`"${foreignComment(bridge)}"`)) ?? []
  const handles = marked.map((line) => /# handle (\d+)/.exec(line)?.[1]).filter((handle) => handle !== undefined)
  if (handles.length > 0) await applyRuleset(handles.map((handle) => `delete rule ${chainOf(family).join(' ')} handle ${handle}\n`).join(''))
}

/** The chain that {@link allowForwarding} makes where there is none: without a rule it does nothing, whoever made it. */
export async function removeIdleChain(family: Family): Promise<void> {
  const chain = await listChain(...chainOf(family))
  const handles = chain?.match(/# handle \d+/g)?.length
  const ofChainAlone = 1
  if (handles === ofChainAlone && chain?.includes('policy accept;')) await applyRuleset(`delete chain ${chainOf(family).join(' ')}\n`)
}

/** As {@link withdrawForwarding}, when the daemon goes: containers that run on need the rules. */
export async function withdrawUnneeded(family: Family, bridge: string): Promise<void> {
  if ((await linksOn(bridge)).length === 0) await withdrawForwarding(family, bridge)
}
