import { computed, type ShallowReactive, shallowReactive, shallowRef } from 'vue'
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
  /** A fetch after an event failed. */
  failed(error: unknown): void
}

/** Rows of one kind by their key: listed once, then kept true row by row. */
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
    failed: source.failed,
  })

  async function load(signal: AbortSignal): Promise<void> {
    refresher.reset()
    const listed = await source.list(signal)
    rows.clear()
    for (const row of listed) rows.set(source.keyOf(row), row)
    isLoaded.value = true
  }

  return {
    rows,
    isLoaded,
    count: computed(() => rows.size),
    load,
    refresh: (id: string) => refresher.refresh(id),
    forget: (id: string) => refresher.forget(id),
  }
}
