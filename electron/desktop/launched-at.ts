import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

/** Clock ticks per second of /proc/PID/stat; the kernel's constant on every machine that we know. @see proc(5) */
const TICKS_PER_SECOND = 100

/**
 * When this process was started, in milliseconds since 1970; undefined where there is no /proc. On Linux Electron's own answer
 * (`process.getCreationTime`) adds to the moment of boot, of which the kernel tells whole seconds: it is up to a second too early.
 */
export function launchedAtMs(): number | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    return startIn(stat, { nowMs: Date.now(), uptimeSeconds: uptime() })
  } catch {
    return undefined // Another system, or a /proc that is not ours to read.
  }
}

/** @param stat the text of /proc/PID/stat: its second field is a name, which may hold spaces and parentheses; the start is its 22nd, in ticks since boot */
export function startIn(stat: string, { nowMs, uptimeSeconds }: { readonly nowMs: number; readonly uptimeSeconds: number }): number {
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startSeconds = Number(afterName[19]) / TICKS_PER_SECOND
  return nowMs - (uptimeSeconds - startSeconds) * 1000
}
