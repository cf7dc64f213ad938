import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'

/** Something that has happened, in the form that docker-registry tells it. @see docker-registry, "Work with notifications" */
export interface RegistryEvent {
  readonly id: string
  readonly timestamp: string
  readonly action: 'pull' | 'push' | 'mount' | 'delete'
  readonly target: EventTarget
  readonly request: { readonly id: string; readonly addr: string; readonly host: string; readonly method: string; readonly useragent: string }
  readonly actor: { readonly name?: string }
  readonly source: { readonly addr: string; readonly instanceID: string }
}

export interface EventTarget {
  readonly repository: string
  readonly mediaType?: string
  readonly digest?: string
  readonly size?: number
  readonly tag?: string
  readonly fromRepository?: string
}

const MEDIA_TYPE = 'application/vnd.docker.distribution.events.v1+json'
const AT_ONCE = 100
/** Of one listener: what is more than it can take is lost, the oldest first. */
const QUEUE_LIMIT = 10_000
const TIMEOUT_MS = 10_000
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 60_000

/** Tells listeners what happens, each in its own time and in order: one that is away is tried again and again. */
export class Notifier implements Disposable {
  readonly #listeners: readonly Listener[]

  constructor(urls: readonly URL[], log: Log) {
    this.#listeners = urls.map((url) => new Listener(url, log))
  }

  get pending(): number {
    return this.#listeners.reduce((sum, listener) => sum + listener.pending, 0)
  }

  get hasListeners(): boolean {
    return this.#listeners.length > 0
  }

  publish(event: RegistryEvent): void {
    for (const listener of this.#listeners) listener.add(event)
  }

  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener.stop()
  }
}

class Listener {
  readonly #url: URL
  readonly #log: Log
  readonly #headers: Readonly<Record<string, string>>
  readonly #stop = new AbortController()
  #queue: RegistryEvent[] = []
  #isSending = false

  constructor(url: URL, log: Log) {
    // fetch takes no names and passwords in addresses.
    const { username, password } = url
    const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
    this.#headers = { 'content-type': MEDIA_TYPE, ...(username !== '' && { authorization: `Basic ${credentials}` }) }
    this.#url = new URL(url)
    this.#url.username = this.#url.password = ''
    this.#log = log
  }

  get pending(): number {
    return this.#queue.length
  }

  add(event: RegistryEvent): void {
    if (this.#queue.length >= QUEUE_LIMIT) this.#queue.shift()
    this.#queue.push(event)
    if (!this.#isSending) void this.#sendAll()
  }

  stop(): void {
    if (this.pending > 0) this.#log.warn('events were not delivered', { url: this.#url.href, count: this.pending })
    this.#stop.abort()
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    let pauseMs = FIRST_PAUSE_MS
    while (this.#queue.length > 0 && !this.#stop.signal.aborted) {
      const events = this.#queue.slice(0, AT_ONCE)
      try {
        await this.#send(events)
        this.#queue = this.#queue.filter((event) => !events.includes(event))
        pauseMs = FIRST_PAUSE_MS
      } catch (error) {
        this.#log.warn('events are delivered later', { url: this.#url.href, error: messageOf(error) })
        await sleep(pauseMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined) // Stopped: the loop sees it.
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      }
    }
    this.#isSending = false
  }

  async #send(events: readonly RegistryEvent[]): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const response = await fetch(this.#url, { method: 'POST', headers: this.#headers, body: JSON.stringify({ events }), signal, redirect: 'manual' })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`status ${response.status}`)
  }
}
