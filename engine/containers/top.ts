import { EngineError } from '../errors.ts'
import { pidsOf } from '../linux/cgroup-pids.ts'
import { ps } from '../linux/ps.ts'
import { ToolError } from '../linux/run.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import type { ContainerParts } from './parts.ts'
import { type ProcessTable, parseProcessTable } from './process-table.ts'
import { isLive } from './state.ts'

/**
 * The processes of a running container, with the pids they have on the host.
 * @param psArgs for ps(1), separated by blanks; empty for `-ef`
 * @throws EngineError `conflict` when it does not run, `system` (sic) with ps's words for bad arguments
 * @see Engine API 1.51 ContainerTop
 */
export async function topContainer(parts: ContainerParts, container: Container, psArgs: string): Promise<ProcessTable> {
  const { id, state, spec } = container
  if (state.status === 'restarting') throw new EngineError('conflict', `Container ${id} is restarting, wait until the container is running`)
  if (!isLive(state)) throw new EngineError('conflict', `container ${id} is not running`)
  const pids = await pidsOf(parts.paths.cgroup(id, spec.hostConfig.CgroupParent))
  const table = parseProcessTable(await psOutput((psArgs || '-ef').split(' '), pids), new Set(pids))
  publishContainer(parts.events, container, 'top')
  return table
}

/** A column renamed to PID would be taken for the pid. @throws EngineError `system` (sic) */
export function checkPsArgs(psArgs: string): void {
  for (const [, column, title] of psArgs.matchAll(/\s+([^\s]*)=\s*(PID[^\s]*)/g)) {
    if (column !== 'pid') throw new EngineError('system', `specifying "${column}=${title}" is not allowed`)
  }
}

async function psOutput(args: readonly string[], pids: readonly number[]): Promise<string> {
  try {
    return await ps(args, pids)
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw new EngineError('system', `ps: ${error.stderr.split('\n', 1)[0] || `exit status ${error.exitCode}`}`, { cause: error })
  }
}
