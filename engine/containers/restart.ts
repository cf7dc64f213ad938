import { EngineError, messageOf } from '../errors.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import type { ContainerParts } from './parts.ts'
import { startContainer } from './start.ts'
import { isRunning } from './state.ts'
import { type StopOptions, stopContainer } from './stop.ts'

/**
 * Stops if it runs, then starts.
 * @throws EngineError with docker's prefix `Cannot restart container …`
 * @see Engine API 1.51 ContainerRestart
 */
export async function restartContainer(parts: ContainerParts, container: Container, reference: string, options: StopOptions = {}): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  container.restarts.add(promise)
  try {
    // Somebody else may stop it, or start it, at the same time: then that part of the work is done.
    if (isRunning(container.state)) await unlessDone(stopContainer(parts, container, options))
    await unlessDone(startContainer(parts, container))
  } catch (error) {
    const kind = error instanceof EngineError ? error.kind : 'system'
    throw new EngineError(kind, `Cannot restart container ${reference}: ${messageOf(error)}`, { cause: error })
  } finally {
    container.restarts.delete(promise)
    resolve()
  }
  publishContainer(parts.events, container, 'restart')
}

async function unlessDone(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof EngineError && error.kind === 'not-modified')) throw error
  }
}
