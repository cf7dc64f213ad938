import { EventEmitter } from 'node:events'

/** The kinds of object that emit events. @see Engine API 1.51 SystemEvents */
export type EventType = 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'builder'

/** One event as the domain states it; the API turns it into docker's JSON line. */
export interface EngineEvent {
  readonly type: EventType
  /** Docker's word, with its suffix where docker has one, e.g. `exec_create: sh -c x`. */
  readonly action: string
  readonly actor: { readonly id: string; readonly attributes: Readonly<Record<string, string>> }
  /** Nanoseconds since 1970: larger than a JS number holds exactly. */
  readonly timeNano: bigint
}

/** How many events a late listener can still get with `since`; dockerd keeps 256. */
export const HISTORY_LIMIT = 1024

/** Where events outlive the daemon. */
export interface EventRecord {
  /** Those of the runs before, oldest first, given away once. */
  takeEarlier(): EngineEvent[]
  /** @param recent the newest events, this one among them */
  append(event: EngineEvent, recent: () => readonly EngineEvent[]): void
}

/**
 * Tells everyone who listens what happened, in order. Publish only after the new state is visible
 * to inspect and list: watchers inspect at once.
 */
export class EventBus {
  readonly #emitter = new EventEmitter<{ event: [EngineEvent] }>()
  #history: EngineEvent[] = []
  readonly #record: EventRecord | undefined
  /** Those of the runs before are in the history: not before somebody asks, or none of them is needed any more. */
  #isComplete = false
  #lastNano = 0n

  constructor(record?: EventRecord) {
    this.#record = record
    this.#emitter.setMaxListeners(0)
  }

  publish(type: EventType, action: string, id: string, attributes: Record<string, string> = {}): EngineEvent {
    const event: EngineEvent = { type, action, actor: { id, attributes }, timeNano: this.#nextNano() }
    this.#history.push(event)
    if (this.#history.length > HISTORY_LIMIT) {
      if (this.#isComplete) this.#history.shift()
      else this.#complete()
    }
    this.#record?.append(event, () => this.#complete())
    this.#emitter.emit('event', event)
    return event
  }

  /** Calls `listener` for each event from now on, until the returned function is called. */
  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#emitter.on('event', listener)
    return () => this.#emitter.off('event', listener)
  }

  /** Remembered events with `since <= timeNano`, oldest first, also those of the runs before. */
  history(since: bigint): EngineEvent[] {
    return this.#complete().filter((event) => event.timeNano >= since)
  }

  /** How many listen now (`NEventsListener` of `/info`). */
  get listenerCount(): number {
    return this.#emitter.listenerCount('event')
  }

  #complete(): readonly EngineEvent[] {
    if (!this.#isComplete) this.#history = [...(this.#record?.takeEarlier() ?? []), ...this.#history].slice(-HISTORY_LIMIT)
    this.#isComplete = true
    return this.#history
  }

  /** The clock, made strictly increasing so that the order of events is also the order of their times. */
  #nextNano(): bigint {
    const now = BigInt(Math.round(wallClockMs() * 1000)) * 1000n
    this.#lastNano = now > this.#lastNano ? now : this.#lastNano + 1n
    return this.#lastNano
  }
}

/**
 * Milliseconds since 1970, with what follows the point. The finer clock of Node stands still while the machine sleeps, and knows nothing
 * of a clock that is set: it may only say where in the millisecond we are.
 */
function wallClockMs(): number {
  const now = Date.now()
  const finer = performance.timeOrigin + performance.now()
  return Math.min(Math.max(finer, now), now + 0.999)
}
