/**
 * Either a container is held still, by any number of those who want it so, or processes are being put into it: never
 * both at once, for the runtime refuses to put one into a frozen container. Who comes second waits; those who hold it
 * still wait for the entries under way alone, not for those that came after them.
 */
export class Stillness {
  #holders = 0
  #entering = 0
  #changed = Promise.withResolvers<void>()

  /** Whether nobody else holds it still: the one who leaves last lets the container go on. */
  get isLastHolder(): boolean {
    return this.#holders === 1
  }

  /** Runs `work`, which puts a process into the container, when nobody holds it still. */
  async enter<T>(work: () => Promise<T>): Promise<T> {
    while (this.#holders > 0) await this.#changed.promise
    this.#entering++
    try {
      return await work()
    } finally {
      this.#entering--
      this.#tell()
    }
  }

  /** Runs `work`, which holds the container still, when no process is on its way into it. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#holders++
    try {
      while (this.#entering > 0) await this.#changed.promise
      return await work()
    } finally {
      this.#holders--
      this.#tell()
    }
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
