import { EngineError } from '../errors.ts'
import type { Container } from './container.ts'
import { exitCodeOf, isRunning } from './state.ts'

export type WaitCondition = 'not-running' | 'next-exit' | 'removed'

/** @throws EngineError `invalid` for anything else */
export function parseWaitCondition(text: string): WaitCondition {
  if (text === '') return 'not-running'
  if (text === 'not-running' || text === 'next-exit' || text === 'removed') return text
  throw new EngineError('invalid', `invalid condition: "${text}"`)
}

export interface WaitResult {
  readonly exitCode: number
  /** Why a removal that was waited for failed. */
  readonly error?: string
}

/**
 * Registers at once, so that nothing that happens after this call is missed.
 * @see Engine API 1.51 ContainerWait
 */
export function waitFor(container: Container, condition: WaitCondition, signal: AbortSignal): Promise<WaitResult> {
  const { promise, resolve, reject } = Promise.withResolvers<WaitResult>()
  if (condition === 'not-running' && !isRunning(container.state)) {
    resolve({ exitCode: exitCodeOf(container.state) })
    return promise
  }
  // A container that is removed has no next exit: its removal answers all.
  const forgetRemoval = container.onRemoval((error) => resolve({ exitCode: exitCodeOf(container.state), ...(error && { error: error.message }) }))
  const forgetExit = condition === 'removed' ? undefined : container.onExit((exitCode) => resolve({ exitCode }))
  const abort = () => reject(new EngineError('system', 'the client left'))
  signal.addEventListener('abort', abort, { once: true })
  return promise.finally(() => {
    signal.removeEventListener('abort', abort)
    forgetRemoval()
    forgetExit?.()
  })
}
