import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { Arrivals } from '../../buildkit/arrivals.ts'
import { EngineError } from '../../errors.ts'

/** How long the request with a context and the request that builds it wait for each other, as in dockerd. */
const PATIENCE_MS = 5_000

interface Upload {
  readonly body: Readable
  taken(): void
}

/** Contexts that clients send by a request of their own, beside the one that builds them: `buildid=upload-request:ID` and `remote=upload-request`. */
export class Uploads {
  readonly #here = new Arrivals<Upload>()

  /** Ends when a build has read it. @throws EngineError `system` when no build asks for it */
  async offer(id: string, body: Readable, signal: AbortSignal): Promise<void> {
    const taken = Promise.withResolvers<void>()
    const isTaken = taken.promise.then(() => true)
    this.#here.add(id, { body, taken: taken.resolve })
    const timer = setTimeout(() => taken.reject(expired()), PATIENCE_MS)
    try {
      await isTaken
      await finished(body, { writable: false, signal })
    } finally {
      clearTimeout(timer)
      this.#here.remove(id)
    }
  }

  /** @throws EngineError `system` when it does not come */
  async take(id: string, signal: AbortSignal): Promise<Readable> {
    const upload = await this.#here.wait(id, PATIENCE_MS, signal)
    if (!upload) throw expired()
    this.#here.remove(id)
    upload.taken()
    return upload.body
  }
}

function expired(): EngineError {
  return new EngineError('system', 'context deadline exceeded')
}
