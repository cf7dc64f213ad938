import { run, ToolError } from './run.ts'

/** Applies a ruleset text as one transaction: all of it or nothing. @see nft(8) */
export async function applyRuleset(text: string): Promise<void> {
  await run('nft', ['-f', '-'], { input: text })
}

/**
 * As {@link applyRuleset}, inside a network namespace, whose processes may then also send from their loopback's addresses
 * to others: the rules are meant to translate these.
 */
export async function applyRulesetIn(netns: string, text: string): Promise<void> {
  const script = 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet && exec nft -f -'
  await run('ip', ['netns', 'exec', netns, 'sh', '-c', script], { input: text })
}

/** The rules of one chain with their handles, or undefined when there is no such chain. */
export function listChain(family: string, table: string, chain: string): Promise<string | undefined> {
  return list('chain', family, table, chain)
}

/** All that is in a table, with handles, or undefined when there is no such table. */
export function listTable(family: string, table: string): Promise<string | undefined> {
  return list('table', family, table)
}

async function list(...what: readonly string[]): Promise<string | undefined> {
  try {
    return await run('nft', ['-a', 'list', ...what])
  } catch (error) {
    if (error instanceof ToolError && /No such file or directory/.test(error.stderr)) return undefined
    throw error
  }
}

export async function removeTable(family: string, table: string): Promise<void> {
  await applyRuleset(removalText(family, table))
}

/** The part of a ruleset text that takes a table away, if it is there. */
export function removalText(family: string, table: string): string {
  return `table ${family} ${table}\ndelete table ${family} ${table}\n`
}
