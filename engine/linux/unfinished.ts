import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasCode } from '../errors.ts'
import { isAlive, SIGKILL, sendSignal } from './process.ts'

/** Every tool of a daemon has this variable in its environment, with the folder of the daemon's runtime state. */
const MARK = 'ENGINEROOM_TOOL_OF'

/** From now on, tools carry the mark of this owner; to be called before the first is started. */
export function markTools(owner: string): void {
  process.env[MARK] = owner
}

/** The mark, for a tool that gets an environment of its own. */
export function toolMark(): NodeJS.ProcessEnv {
  return { [MARK]: process.env[MARK] }
}

/** The mark of another owner, for a tool that is started before it is known whose tools all others are. */
export function markOf(owner: string): NodeJS.ProcessEnv {
  return { [MARK]: owner }
}

/**
 * Ends what a daemon that died has left at work: a mount, an ip, a conmon with its runtime. They would go on behind the
 * back of the next one, and finish what that one has just cleared away.
 * @param owner as given to {@link markTools}
 * @param live ids of running containers: a monitor or runtime that names one is what it should be
 */
export async function endUnfinishedTools(owner: string, live: Iterable<string>): Promise<void> {
  const ids = [...live]
  const unfinished = toolsOf(owner).filter(({ command }) => !ids.some((id) => command.includes(id) && /^[^\0]*(conmon|runc|crun)\0/.test(command)))
  for (const { pid } of unfinished) sendSignal(pid, SIGKILL)
  for (const { pid } of unfinished) for (let waitedMs = 0; isAlive(pid) && waitedMs < 2000; waitedMs += 2) await sleep(2)
}

function toolsOf(owner: string): { pid: number; command: string }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  return pids.flatMap((pid) => {
    const environment = readProc(pid, 'environ')
    if (!environment.split('\0').includes(`${MARK}=${owner}`) || isOurChild(pid)) return []
    return [{ pid: Number(pid), command: readProc(pid, 'cmdline') }]
  })
}

/** Our own shells wait for scripts already, and carry the same mark. @see proc(5), "stat" */
function isOurChild(pid: string): boolean {
  const afterName = readProc(pid, 'stat').split(') ').at(-1) ?? ''
  return Number(afterName.split(' ')[1]) === process.pid
}

/** Empty for a process that has ended, or that is not ours to look into. */
function readProc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return ''
    throw error
  }
}
