/** How much of a log is drawn before whoever wrote it has to wait: bytes of one, characters of several. */
const AT_ONCE = 32 * 1024
const FLOOD_PAUSE_MS = 80

/** Nobody reads along what was written long ago: a million lines of it are there in some ten seconds. */
const PAST_AT_ONCE = 4 * 1024 * 1024
const PAST_DRAWN_EVERY_MS = 400

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
  #isDrawnSoon = false

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

  /** So much has come: it is shown, and the next may be read when this resolves. @param isPast it was written before anybody looked */
  async took(size: number, isPast = false): Promise<void> {
    this.#taken += size
    if (isPast && this.#taken < PAST_AT_ONCE) return this.#drawSoon()
    const drawn = this.draw()
    if (this.#taken < AT_ONCE) return
    await drawn
    await new Promise((resolve) => setTimeout(resolve, FLOOD_PAUSE_MS))
    this.#taken = 0
  }

  #drawSoon(): void {
    if (this.#isDrawnSoon) return
    this.#isDrawnSoon = true
    setTimeout(() => {
      this.#isDrawnSoon = false
      void this.draw()
    }, PAST_DRAWN_EVERY_MS)
  }
}
