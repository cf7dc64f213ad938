import type { LogLevel } from './log.ts'

/** An entry of the daemon's own log, secrets hidden. */
export interface LogRecord {
  /** Grows by one each; begins anew with the daemon. */
  readonly id: number
  /** RFC 3339, UTC, with milliseconds. */
  readonly time: string
  readonly level: LogLevel
  readonly message: string
  /** What is said of it; values that are no texts are in JSON. */
  readonly fields: Readonly<Record<string, string>>
}

const MOST_RECORDS = 2000
const MOST_CHARACTERS = 1024 * 1024

/** A message or a value longer than this is cut: one must not push all others out. */
const LONGEST_TEXT = 16 * 1024

/** What an entry takes beside its texts, about. */
const OVERHEAD = 100

/** The last entries of the daemon's own log: 2,000, or a million characters of them. */
export class LogMemory {
  /** Oldest first. */
  readonly #records: LogRecord[] = []
  readonly #listeners = new Set<() => void>()
  #characters = 0
  #lastId = 0

  add(entry: Omit<LogRecord, 'id'>): void {
    this.#lastId += 1
    const fields = Object.fromEntries(Object.entries(entry.fields).map(([key, value]) => [key, cut(value)]))
    const record = { ...entry, id: this.#lastId, message: cut(entry.message), fields }
    this.#records.push(record)
    this.#characters += sizeOf(record)
    while (this.#records.length > MOST_RECORDS || this.#characters > MOST_CHARACTERS) this.#characters -= sizeOf(this.#records.shift())
    for (const listener of this.#listeners) listener()
  }

  /** The newest of them, oldest first. @param count undefined for all that there are */
  last(count = MOST_RECORDS): readonly LogRecord[] {
    return count === 0 ? [] : this.#records.slice(-count)
  }

  /** Those that were written after that one, as far as they are remembered. */
  after(id: number): readonly LogRecord[] {
    return this.#records.filter((record) => record.id > id)
  }

  /** The id of the newest one; 0 before there is any. */
  get lastId(): number {
    return this.#lastId
  }

  /** @param listener called after each entry @returns what ends that */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
}

function sizeOf(record: LogRecord | undefined): number {
  if (!record) return 0
  return Object.entries(record.fields).reduce((sum, [key, value]) => sum + key.length + value.length, record.message.length + OVERHEAD)
}
