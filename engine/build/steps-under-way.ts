/**
 * The steps that builds are at, by what decides their results: in one build or in several, one at a time looks for a step in the cache and makes it; the others
 * wait, and find it. Two that made the same step would each have what comes after it on an image of their own, and the next build could find only one of them.
 */
export class StepsUnderWay {
  readonly #steps = new Map<string, Promise<unknown>>()

  /** Does `work` once nobody else is at the step; how it went for others does not matter. @throws the signal's reason */
  async alone<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let others = this.#steps.get(key); others; others = this.#steps.get(key)) await settled(others, signal)
    signal.throwIfAborted()
    const step = work()
    this.#steps.set(key, step)
    try {
      return await step
    } finally {
      this.#steps.delete(key)
    }
  }
}

async function settled(step: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const giveUp = () => reject(signal.reason)
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    await Promise.race([step.catch(() => undefined), aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
