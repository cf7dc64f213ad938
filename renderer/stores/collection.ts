import { computed, type ShallowReactive, shallowReactive, shallowRef } from 'vue'
import { CallError } from '../api/engine-client.ts'
import { RowRefresher } from './row-refresher.ts'

/** What the event loop (stores/engine.ts) needs of every store that mirrors a kind of object. */
export interface Mirror<Event> {
  /** Loads everything anew. */
  load(signal: AbortSignal): Promise<void>
  /** Takes an event; cheap for those that do not matter here. */
  take(event: Event): void
}

export interface CollectionSource<Row> {
  keyOf(row: Row): string
  list(signal: AbortSignal): Promise<readonly Row[]>
  /** The rows of these ids as they are now. */
  fetch(ids: readonly string[]): Promise<readonly Row[]>
  /** A row came or changed. */
  changed?(row: Row, rows: ShallowReactive<Map<string, Row>>): void
  /** A fetch after an event failed for want of an answer. */
  failed(error: unknown): void
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 15_000

/**
 * Rows of one kind by their key: listed once, then kept true row by row. A list that the engine refuses is no reason to doubt the others:
 * why is in `failure` then, and it is asked for again until it comes.
 */
export function createCollection<Row>(source: CollectionSource<Row>) {
  const rows = shallowReactive(new Map<string, Row>())
  const isLoaded = shallowRef(false)
  const refresher = new RowRefresher<Row>({
    async fetch(ids) {
      return new Map((await source.fetch(ids)).map((row) => [source.keyOf(row), row]))
    },
    apply(id, row) {
      if (row === undefined) {
        rows.delete(id)
        return
      }
      rows.set(id, row)
      source.changed?.(row, rows)
    },
    failed: take,
  })
  const failure = shallowRef('')
  let round: AbortSignal | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  /** @throws CallError when there was no answer */
  async function load(signal: AbortSignal, pauseMs = FIRST_RETRY_MS): Promise<void> {
    round = signal
    clearTimeout(timer)
    refresher.reset()
    try {
      const listed = await source.list(signal)
      rows.clear()
      for (const row of listed) rows.set(source.keyOf(row), row)
      isLoaded.value = true
      failure.value = ''
    } catch (error) {
      if (!isRefusal(error)) throw error
      loadLater(error, pauseMs)
    }
  }

  function loadLater({ message }: CallError, pauseMs: number): void {
    failure.value = message
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (round && !round.aborted) load(round, Math.min(pauseMs * 2, LAST_RETRY_MS)).catch(source.failed)
    }, pauseMs)
  }

  function take(error: unknown): void {
    if (isRefusal(error)) loadLater(error, FIRST_RETRY_MS)
    else source.failed(error)
  }

  return {
    rows,
    isLoaded,
    failure: computed(() => failure.value),
    count: computed(() => rows.size),
    load: (signal: AbortSignal) => load(signal),
    /** A question about one of them failed. */
    failed: take,
    refresh: (id: string) => refresher.refresh(id),
    forget: (id: string) => refresher.forget(id),
  }
}

function isRefusal(error: unknown): error is CallError {
  return error instanceof CallError && error.failure === 'refused'
}
