import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Transport } from '../cross-origin.ts'
import type { Peer } from '../request-audit.ts'
import { type Before, bytesOf, RecordedRequest } from './recorded-request.ts'

/** Calls that are over and still remembered. */
const REMEMBERED = 500

/** What headers and bodies of all of them may hold of the memory: the oldest are forgotten first. */
const KEPT_BYTES = 8 * 1024 * 1024

/** To ask who is at the other side takes a process each: in a storm of connections not all are asked. */
const ASKED_AT_A_TIME = 4

/** The record's own calls: who looks would see nothing but himself. */
const OWN_PATH = /^(?:\/v[\d.]+)?\/engineroom\/v1\/requests(?:[/?]|$)/

const NOTHING_BEFORE: Before = { received: 0, sent: 0 }

type Listener = (changed: RecordedRequest) => void

/**
 * The last calls, and those that go on. While nobody looks a call costs an object in a list; who sent it, headers and the
 * beginnings of bodies are recorded only as long as somebody does, and are forgotten when the last one leaves.
 * @see docs/decisions/0037-inspector.md
 */
export class RequestRecord {
  readonly #identify: (connection: Socket, transport: Transport) => Promise<Peer>
  /** Oldest first. */
  readonly #done: RecordedRequest[] = []
  readonly #running = new Set<RecordedRequest>()
  readonly #listeners = new Set<Listener>()
  readonly #before = new WeakMap<Socket, Before>()
  readonly #peers = new WeakMap<Socket, Promise<Peer>>()
  #asking = 0
  #keptBytes = 0
  #lastId: number

  /** @param nowMs of ids: those of an engine that was started later are larger */
  constructor(identify: (connection: Socket, transport: Transport) => Promise<Peer>, nowMs = Date.now()) {
    this.#identify = identify
    this.#lastId = nowMs * 1000
  }

  /** Called for each request, before it is handled. */
  begin(request: IncomingMessage, response: ServerResponse, transport: Transport): void {
    if (OWN_PATH.test(request.url ?? '')) return
    const { socket } = request
    const call = new RecordedRequest(++this.#lastId, request, response, this.#before.get(socket) ?? NOTHING_BEFORE)
    this.#running.add(call)
    if (this.#listeners.size > 0) this.#observe(call, request, transport)
    response.once('close', () => {
      this.#before.set(socket, bytesOf(request))
      this.#finish(call)
    })
  }

  /** Calls that go on, and those that are remembered, oldest first. */
  all(): RecordedRequest[] {
    return [...this.#done, ...this.#running].sort((a, b) => a.id - b.id)
  }

  find(id: number): RecordedRequest | undefined {
    return this.all().find((one) => one.id === id)
  }

  /** From now on everything is recorded. @returns what ends it */
  watch(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#forgetDetails()
    }
  }

  #observe(call: RecordedRequest, request: IncomingMessage, transport: Transport): void {
    const changed = () => this.#tell(call)
    call.capture(changed)
    void this.#peerOf(request.socket, transport)?.then((peer) => {
      call.peer = peer
      changed()
    })
    changed()
  }

  #peerOf(connection: Socket, transport: Transport): Promise<Peer> | undefined {
    const known = this.#peers.get(connection)
    if (known || this.#asking >= ASKED_AT_A_TIME) return known
    this.#asking += 1
    const asked = this.#identify(connection, transport).finally(() => {
      this.#asking -= 1
    })
    this.#peers.set(connection, asked)
    return asked
  }

  #finish(call: RecordedRequest): void {
    if (!this.#running.delete(call)) return
    call.finish()
    this.#done.push(call)
    this.#keptBytes += call.keptBytes
    if (this.#done.length > REMEMBERED) this.#release(this.#done.shift())
    for (const old of this.#done) {
      if (this.#keptBytes <= KEPT_BYTES) break
      this.#release(old)
    }
    this.#tell(call)
  }

  #release(call: RecordedRequest | undefined): void {
    this.#keptBytes -= call?.keptBytes ?? 0
    call?.release()
  }

  #forgetDetails(): void {
    for (const call of [...this.#done, ...this.#running]) call.release()
    this.#keptBytes = 0
  }

  #tell(call: RecordedRequest): void {
    for (const listener of this.#listeners) listener(call)
  }
}
