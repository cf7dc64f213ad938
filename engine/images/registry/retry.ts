import { setTimeout as wait } from 'node:timers/promises'
import { hasCode } from '../../errors.ts'
import { PassingRefusal } from './errors.ts'

/** A network and a registry have bad moments; wrong bytes are no such moment. */
const ATTEMPTS = 5

/** However long a registry asks us to stay away. */
const LONGEST_WAIT_S = 30

export interface RetryOptions {
  readonly signal: AbortSignal
  /** Told before each wait. */
  readonly onWait?: (seconds: number) => void
}

/** Counts attempts at one thing, and waits between them: a second longer each time, or as long as the registry asks. */
export class Retries {
  readonly #options: RetryOptions
  #failures = 0

  constructor(options: RetryOptions) {
    this.#options = options
  }

  /** Returns when it is time to try again. @throws `error` when that would not help, or there were enough attempts */
  async after(error: unknown): Promise<void> {
    const { signal, onWait } = this.#options
    this.#failures++
    if (!isPassing(error) || signal.aborted || this.#failures >= ATTEMPTS) throw error
    const asked = error instanceof PassingRefusal ? error.retryAfterS : undefined
    const seconds = Math.min(asked ?? this.#failures, LONGEST_WAIT_S)
    onWait?.(seconds)
    await wait(seconds * 1000, undefined, { signal })
  }

  /** It went on: what fails from now on are other bad moments. */
  startAnew(): void {
    this.#failures = 0
  }
}

/** Runs `work` again for as long as only bad moments are in its way. */
export async function retrying<T>(options: RetryOptions, work: () => Promise<T>): Promise<T> {
  const retries = new Retries(options)
  for (;;) {
    try {
      return await work()
    } catch (error) {
      await retries.after(error)
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof PassingRefusal) return true
  return hasCode(
    error,
    'ECONNRESET',
    'ECONNREFUSED',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EAI_AGAIN',
    'UND_ERR_SOCKET',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', // The registry left in the middle of an upload.
  )
}
