import type { ContainerParts } from '../../containers/parts.ts'
import { parseWaitCondition, waitFor } from '../../containers/wait.ts'
import type { ApiCall } from '../call.ts'

/** The head goes out at once: `docker run` starts the container only after it. @see Engine API 1.51 ContainerWait */
export async function waitHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const container = parts.store.get(call.param('id'))
  const knowsConditions = call.version.atLeast('1.30')
  const result = waitFor(container, knowsConditions ? parseWaitCondition(call.query.text('condition')) : 'not-running', call.signal)
  result.catch(() => undefined) // Looked at below; without this an early abort would be an unhandled rejection.
  if (knowsConditions) call.stream('application/json')
  const outcome = await result.catch((error: unknown) => {
    if (!call.signal.aborted) throw error
  })
  if (!outcome) return
  const { exitCode, error } = outcome
  const body = { StatusCode: exitCode, ...(error !== undefined && { Error: { Message: error } }) }
  if (knowsConditions) call.response.end(`${JSON.stringify(body)}\n`)
  else call.json(200, body)
}
