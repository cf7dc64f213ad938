import { say } from '../text/say.ts'
import { CallError } from './engine-client.ts'

/**
 * The chunks of a streamed answer. Ends when the engine ends it; leaving the loop closes the connection.
 * @throws CallError `unreachable` when it breaks off; an abort passes as it is.
 */
export async function* chunksOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (!reader) return
  let hasEnded = false
  try {
    while (true) {
      const { done, value } = await reader.read()
      hasEnded = done
      if (done) return
      yield value
    }
  } catch (error) {
    if (signal.aborted) throw error
    throw new CallError('unreachable', 0, say('The connection to the engine broke off.'), { cause: error })
  } finally {
    if (!hasEnded) await reader.cancel().catch(() => {}) // It broke off: nothing is left to cancel.
  }
}
