import { headersToRepeat } from '../text/replay.ts'
import { messageOf } from './engine-client.ts'
import type { Message, RequestDetail } from './requests.ts'

/** How a call went that was sent again. */
export interface Replay {
  readonly status: number
  readonly durationMs: number
  readonly message: Message
}

/** As much of an answer as the engine keeps of the first one. */
const KEPT_BYTES = 32 * 1024

/** A stream does not end by itself: what came in this time is its answer. */
const PATIENCE_MS = 5000

/**
 * Sends a call again, as it was recorded.
 * @throws Error when there was no answer
 */
export async function sendAgain(detail: RequestDetail): Promise<Replay> {
  const { method, target, request } = detail
  const text = request?.body?.text
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), PATIENCE_MS)
  const startedAtMs = performance.now()
  try {
    const response = await fetch(`/engine${target}`, {
      method,
      headers: [...headersToRepeat(detail), ['X-Engineroom-Window', '1']],
      ...(text !== undefined && { body: text }),
      signal: giveUp.signal,
    })
    const body = await beginningOf(response)
    giveUp.abort()
    return {
      status: response.status,
      durationMs: performance.now() - startedAtMs,
      message: { headers: [...response.headers], body: body.bytes === 0 ? undefined : body },
    }
  } catch (cause) {
    throw new Error(messageOf(cause), { cause })
  } finally {
    clearTimeout(timer)
  }
}

/** What there is until it is enough, or took too long. */
async function beginningOf(response: Response) {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let [text, bytes, isCut] = ['', 0, false]
  try {
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      text += decoder.decode(part.value, { stream: true })
      bytes += part.value.byteLength
      if (bytes > KEPT_BYTES) {
        isCut = true
        break
      }
    }
  } catch {
    isCut = true // It went on for longer than anybody waits.
  }
  return { bytes, text: /[\0\uFFFD]/.test(text) ? undefined : text, isCut }
}
