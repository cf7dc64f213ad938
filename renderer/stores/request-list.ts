import type { RequestRow } from '../api/requests.ts'

/** More than this no one scrolls through: the oldest go. */
export const KEPT = 2000

/** Keeps calls by their id: a later one takes the place of the same call's earlier state. */
export class RequestList {
  readonly #rows: Map<number, RequestRow>
  #clearedUpTo = 0

  constructor(rows: Map<number, RequestRow>) {
    this.#rows = rows
  }

  /** Another stream begins: what was going on is told again if it still is. */
  begin(): void {
    for (const [id, { phase }] of this.#rows) if (phase !== 'done') this.#rows.delete(id)
  }

  put(row: RequestRow): void {
    if (row.id <= this.#clearedUpTo && row.phase === 'done') {
      this.#rows.delete(row.id)
      return
    }
    this.#rows.set(row.id, row)
    if (this.#rows.size <= KEPT) return
    for (const [id, { phase }] of this.#rows) {
      if (phase !== 'done') continue
      this.#rows.delete(id)
      return
    }
  }

  /** What is over goes, and does not come back. What goes on stays. */
  clear(): void {
    for (const [id, { phase }] of this.#rows) {
      this.#clearedUpTo = Math.max(this.#clearedUpTo, id)
      if (phase === 'done') this.#rows.delete(id)
    }
  }
}
