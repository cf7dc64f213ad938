import { randomUUID } from 'node:crypto'
import { isRunning } from '../containers/state.ts'
import { stopContainer } from '../containers/stop.ts'
import { EngineError } from '../errors.ts'
import { checkMove, checkUnused } from './check-move.ts'
import { writeRecord } from './move-record.ts'
import type { MoveStatus } from './move-status.ts'
import type { DataRootParts } from './parts.ts'

/**
 * Makes sure that a move can be made, stops the containers that run if it may, and writes the wish down: the engine's next start
 * does it, whatever happens until then.
 * @returns the id of the move
 * @throws EngineError `invalid`, `conflict`
 */
export async function requestMove(parts: DataRootParts, status: MoveStatus, to: string, stopsContainers: boolean): Promise<string> {
  if (status.progress) throw new EngineError('conflict', 'the data directory is being moved already')
  const { store } = parts.containers
  const running = store.all().filter(({ state }) => isRunning(state))
  const target = await checkMove(parts.path, to)
  if (running.length > 0 && !stopsContainers) {
    throw new EngineError('conflict', `containers are running: ${running.map(({ name }) => name).join(', ')}; stop them first, or move with --stop`)
  }
  status.report({ stage: 'stopping' })
  const id = randomUUID()
  try {
    await Promise.all(running.map((container) => stopContainer(parts.containers, container)))
    await checkUnused(parts.path)
    await writeRecord(parts.path, { id, to: target.to, stage: 'requested' })
  } catch (error) {
    status.clear()
    throw error
  }
  return id
}
