import { applyRuleset, listChain } from '../linux/nft.ts'
import { foreignComment } from './ruleset.ts'

const CHAIN = ['ip', 'filter', 'FORWARD'] as const

/**
 * A dockerd or a firewall on the same host may forward nothing by default, and our own table cannot overrule that: a
 * packet needs the consent of every chain. So we put two marked rules in front of theirs.
 */
export async function allowForwarding(bridge: string): Promise<void> {
  const chain = await listChain(...CHAIN)
  if (chain === undefined || !chain.includes('policy drop') || chain.includes(`"${foreignComment(bridge)}"`)) return
  const [family, table, name] = CHAIN
  const comment = `comment "${foreignComment(bridge)}"`
  await applyRuleset(
    `insert rule ${family} ${table} ${name} iifname "${bridge}" accept ${comment}\ninsert rule ${family} ${table} ${name} oifname "${bridge}" accept ${comment}\n`,
  )
}

/** Takes the marked rules out again. Idempotent. */
export async function withdrawForwarding(bridge: string): Promise<void> {
  const chain = await listChain(...CHAIN)
  const marked = chain?.split('\n').filter((line) => line.includes(`"${foreignComment(bridge)}"`)) ?? []
  const handles = marked.map((line) => /# handle (\d+)/.exec(line)?.[1]).filter((handle) => handle !== undefined)
  if (handles.length > 0) await applyRuleset(handles.map((handle) => `delete rule ${CHAIN.join(' ')} handle ${handle}\n`).join(''))
}
