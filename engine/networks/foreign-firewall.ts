import { linksOn } from '../linux/links.ts'
import { applyRuleset, listChain, listTable } from '../linux/nft.ts'
import { ToolError } from '../linux/run.ts'
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
 * @param isNew whether the bridge has just been made: then nobody is asked for rules that it might have already
 */
export async function allowForwarding(family: Family, bridge: string, { isNew }: { readonly isNew: boolean }): Promise<void> {
  const [, table, name] = chainOf(family)
  // Without a policy a chain that is there keeps its own, and a new one accepts.
  const chain = `table ${family} ${table} {\n  chain ${name} {\n    type filter hook forward priority filter;\n  }\n}\n`
  const rules = ['iifname', 'oifname']
    .map((side) => `insert rule ${family} ${table} ${name} ${side} "${bridge}" accept comment "${foreignComment(bridge)}"\n`)
    .join('')
  if (isNew && (await isApplied(chain + rules))) return
  const present = await listChain(...chainOf(family))
  if (present?.includes(`"${foreignComment(bridge)}"`)) return
  await applyRuleset(present === undefined ? chain + rules : rules)
}

/** It is not where there is a chain of that name which iptables would not have made. */
async function isApplied(ruleset: string): Promise<boolean> {
  try {
    await applyRuleset(ruleset)
    return true
  } catch (error) {
    if (error instanceof ToolError) return false
    throw error
  }
}

/** Takes the marked rules out again. Idempotent. */
export async function withdrawForwarding(family: Family, bridge: string): Promise<void> {
  const chain = await listChain(...chainOf(family))
  const marked = chain?.split('\n').filter((line) => line.includes(`"${foreignComment(bridge)}"`)) ?? []
  const handles = marked.map((line) => /# handle (\d+)/.exec(line)?.[1]).filter((handle) => handle !== undefined)
  if (handles.length > 0) await applyRuleset(handles.map((handle) => `delete rule ${chainOf(family).join(' ')} handle ${handle}\n`).join(''))
}

/** The chain that {@link allowForwarding} makes where there is none, and its table: without a rule, and without a chain, they do nothing, whoever made them. */
export async function removeIdleChain(family: Family): Promise<void> {
  const [, table] = chainOf(family)
  const chain = await listChain(...chainOf(family))
  const handles = chain?.match(/# handle \d+/g)?.length
  const ofChainAlone = 1
  if (handles === ofChainAlone && chain?.includes('policy accept;')) await applyRuleset(`delete chain ${chainOf(family).join(' ')}\n`)
  if (/\{ # handle \d+\n\}\s*$/.test((await listTable(family, table)) ?? '')) await applyRuleset(`delete table ${family} ${table}\n`)
}

/** As {@link withdrawForwarding}, when the daemon goes: containers that run on need the rules. */
export async function withdrawUnneeded(family: Family, bridge: string): Promise<void> {
  if ((await linksOn(bridge)).length === 0) await withdrawForwarding(family, bridge)
}
