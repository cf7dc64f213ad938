/** Work that waits for whoever needs it first, and is done once. Of one that fails each who waited is told, and the next tries again. */
export class FirstUse {
  readonly #work: () => Promise<void>
  #doing: Promise<void> | undefined

  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  done(): Promise<void> {
    this.#doing ??= this.#work().catch((error: unknown) => {
      this.#doing = undefined
      throw error
    })
    return this.#doing
  }
}
