import type { ApiAnswer } from '../harness/api-request.ts'
import type { TestDaemon } from '../harness/daemon.ts'
import type { Model } from './model.ts'

/**
 * Sends requests to a daemon that is killed at some moment. Every answer and every broken connection is in the journal;
 * a connection that breaks, or a fault of the daemon's own (5xx), while nobody has killed it is a violation.
 */
export class Client {
  readonly #daemon: TestDaemon
  readonly #model: Model
  /** The daemon was killed, or is about to be. */
  isDying = false

  constructor(daemon: TestDaemon, model: Model) {
    this.#daemon = daemon
    this.#model = model
  }

  /** The answer, or undefined when there was none. */
  async send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer | undefined> {
    const line = `${method} ${path}${body === undefined || Buffer.isBuffer(body) ? '' : ` ${JSON.stringify(body).slice(0, 160)}`}`
    try {
      const answer = await this.#daemon.api(method, path, body, headers)
      this.#model.note(`${line} → ${answer.status} ${answer.body.slice(0, 120).trim()}`)
      // docker answers an unpause of what is not paused with 500 as well.
      if (answer.status >= 500 && !answer.body.includes('is not paused'))
        this.#model.violations.push(`${line} was answered with ${answer.status} ${answer.body.trim()}`)
      return answer
    } catch (error) {
      this.#model.note(`${line} → broken: ${error}`)
      if (!this.isDying) this.#model.violations.push(`${line} broke while the daemon should live: ${error}`)
      return undefined
    }
  }
}

export type Outcome = 'acknowledged' | 'refused' | 'cut off'

/** What an answer means for the thing that was asked for; 304 says that nothing was done. */
export function outcomeOf(answer: ApiAnswer | undefined): Outcome {
  if (!answer) return 'cut off'
  return answer.status < 300 ? 'acknowledged' : 'refused'
}
