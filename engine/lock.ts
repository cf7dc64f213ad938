/**
 * One at a time, first come first served.
 *
 * INVARIANTS: never take the lock of a container while holding it already (no nesting); never wait for a
 * process to exit while holding it, because handling the exit needs it; a holder may take as long as a kernel
 * operation, not as long as a client.
 */
export class Lock {
  #tail: Promise<void> = Promise.resolve()

  /** Runs `work` when everyone before is done. Its result or error is the caller's alone. */
  async run<T>(work: () => Promise<T> | T): Promise<T> {
    const before = this.#tail
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#tail = promise
    await before
    try {
      return await work()
    } finally {
      resolve()
    }
  }
}
