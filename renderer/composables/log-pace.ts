/** How much of a log is drawn before whoever wrote it has to wait: bytes of one, characters of several. */
const AT_ONCE = 32 * 1024
const FLOOD_PAUSE_MS = 80

/**
 * Shows a stream of a log as it comes. A program that floods its log is read at a pace that leaves the window its fluency
 * (some 5,000 lines a second): after so much the engine waits for the next frame, which a hidden window does not have, and
 * for a pause. One for each stream.
 */
export class LogPace {
  readonly #show: () => void
  readonly #signal: AbortSignal
  #taken = 0
  #frame: Promise<void> | undefined

  /** @param signal after which nothing of the stream is shown any more */
  constructor(show: () => void, signal: AbortSignal) {
    this.#show = show
    this.#signal = signal
  }

  /** Shows what has come by the next frame; as often as one likes. */
  draw(): Promise<void> {
    this.#frame ??= new Promise((resolve) => {
      requestAnimationFrame(() => {
        this.#frame = undefined
        if (!this.#signal.aborted) this.#show()
        resolve()
      })
    })
    return this.#frame
  }

  /** So much has come: it is shown, and the next may be read when this resolves. */
  async took(size: number): Promise<void> {
    this.#taken += size
    const drawn = this.draw()
    if (this.#taken < AT_ONCE) return
    await drawn
    await new Promise((resolve) => setTimeout(resolve, FLOOD_PAUSE_MS))
    this.#taken = 0
  }
}
