/** How many rows one request asks for at most: under a burst of events requests grow instead of multiplying. */
const BATCH_SIZE = 50

export interface RefreshTarget<Row> {
  /** The rows of these ids as they are now; an id without a row is gone. */
  fetch(ids: readonly string[]): Promise<ReadonlyMap<string, Row>>
  /** Called once an id; undefined when it is gone. */
  apply(id: string, row: Row | undefined): void
  /** A fetch failed: what is shown can no longer be trusted. */
  failed(error: unknown): void
}

/**
 * Turns events into fetches of single rows. An id is fetched again after its latest event, never twice at the same time;
 * one request is under way at most, and what becomes stale meanwhile shares the next.
 */
export class RowRefresher<Row> {
  readonly #target: RefreshTarget<Row>
  readonly #stale = new Set<string>()
  #inFlight: Set<string> | undefined

  constructor(target: RefreshTarget<Row>) {
    this.#target = target
  }

  /** Something happened to `id`. */
  refresh(id: string): void {
    this.#stale.add(id)
    if (!this.#inFlight) void this.#run()
  }

  /** `id` is gone for good: an answer that is still under way must not bring it back. */
  forget(id: string): void {
    this.#stale.delete(id)
    this.#inFlight?.delete(id)
    this.#target.apply(id, undefined)
  }

  /** Everything was loaded anew. */
  reset(): void {
    this.#stale.clear()
    this.#inFlight?.clear()
  }

  async #run(): Promise<void> {
    while (this.#stale.size > 0) {
      const ids = [...this.#stale].slice(0, BATCH_SIZE)
      for (const id of ids) this.#stale.delete(id)
      const wanted = new Set(ids)
      this.#inFlight = wanted
      try {
        const rows = await this.#target.fetch(ids)
        for (const id of wanted) this.#target.apply(id, rows.get(id))
      } catch (error) {
        this.reset()
        this.#target.failed(error)
      }
      this.#inFlight = undefined
    }
  }
}
