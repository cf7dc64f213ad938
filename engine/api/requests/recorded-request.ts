import type { IncomingMessage, ServerResponse } from 'node:http'
import { headersWithoutSecrets, targetWithoutSecrets } from '../../secrets.ts'
import type { Peer } from '../request-audit.ts'
import { type BodyView, CapturedBody } from './captured-body.ts'

/** `waiting` for an answer; `open`: it has begun and goes on, as streams and taken-over connections do; `done`, however. */
export type Phase = 'waiting' | 'open' | 'done'

/** A call as a list shows it; a later one with the same id takes its place. */
export interface RequestSummary {
  /** Grows; no other call has it, also after a restart of the engine. */
  readonly id: number
  /** Unix time in milliseconds, with fractions. */
  readonly startedAtMs: number
  readonly method: string
  /** Path and query, less what may be secret. */
  readonly target: string
  /** What the client says of itself. */
  readonly agent: string
  /** The call is a window's of ours. */
  readonly isWindow: boolean
  /** Missing when nobody looked while it came: it costs a process to find out. */
  readonly peer?: Peer
  readonly phase: Phase
  readonly status?: number
  readonly durationMs?: number
  /** On the connection, heads included. */
  readonly receivedBytes: number
  readonly sentBytes: number
  /** The client went before it had the whole answer. */
  readonly isBrokenOff?: true
}

/** A call in full. What was not recorded, because nobody looked when it began, is missing. */
export interface RequestDetail extends RequestSummary {
  readonly request?: MessageView
  readonly response?: MessageView
}

interface MessageView {
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Missing when there was none. */
  readonly body?: BodyView
}

/** What a page of ours sends with each of its calls. */
const WINDOW_HEADER = 'x-engineroom-window'

/** More of a path or a name than this says nothing more. */
const MAX_TARGET_LENGTH = 4096
const MAX_AGENT_LENGTH = 200

/** Bytes of a connection that belong to earlier calls on it. */
export interface Before {
  readonly received: number
  readonly sent: number
}

/** One call while it goes on, and what is remembered of it. */
export class RecordedRequest {
  readonly id: number
  readonly startedAtMs = performance.timeOrigin + performance.now()
  readonly #method: string
  readonly #target: string
  readonly #agent: string
  readonly #isWindow: boolean
  readonly #before: Before
  /** Until it is done. */
  #running: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined
  #captured: Captured | undefined
  #outcome: Pick<RequestSummary, 'status' | 'durationMs' | 'receivedBytes' | 'sentBytes' | 'isBrokenOff'> = { receivedBytes: 0, sentBytes: 0 }
  peer: Peer | undefined

  constructor(id: number, request: IncomingMessage, response: ServerResponse, before: Before) {
    this.id = id
    this.#method = request.method ?? ''
    this.#target = (request.url ?? '').slice(0, MAX_TARGET_LENGTH)
    this.#agent = (request.headers['user-agent'] ?? '').slice(0, MAX_AGENT_LENGTH)
    this.#isWindow = request.headers[WINDOW_HEADER] !== undefined
    this.#before = before
    this.#running = { request, response }
  }

  get isDone(): boolean {
    return this.#running === undefined
  }

  /** What its bodies hold of the memory. */
  get keptBytes(): number {
    return (this.#captured?.requestBody?.keptBytes ?? 0) + (this.#captured?.responseBody?.keptBytes ?? 0)
  }

  /** Reads along from here on. @param changed when there is news of it */
  capture(changed: () => void): void {
    if (!this.#running) return
    const { request, response } = this.#running
    const captured: Captured = { requestHeaders: pairs(request.rawHeaders), responseHeaders: [], requestBody: undefined, responseBody: undefined }
    this.#captured = captured
    onRequestData(request, (chunk) => {
      captured.requestBody ??= new CapturedBody()
      captured.requestBody.add(chunk)
    })
    onResponseData(response, (chunk) => {
      captured.responseBody ??= new CapturedBody()
      captured.responseBody.add(chunk)
      changed()
    })
  }

  /** The answer is over, or given up. */
  finish(): void {
    if (!this.#running) return
    const { response } = this.#running
    const isWhole = response.statusCode === 101 || response.writableFinished
    const durationMs = performance.timeOrigin + performance.now() - this.startedAtMs
    this.#outcome = { ...this.#soFar(), durationMs, ...(!isWhole && { isBrokenOff: true }) }
    if (this.#captured) this.#captured.responseHeaders = responseHeaders(response)
    this.#running = undefined
  }

  /** Forgets headers and bodies. */
  release(): void {
    this.#captured = undefined
  }

  summary(): RequestSummary {
    return {
      id: this.id,
      startedAtMs: this.startedAtMs,
      method: this.#method,
      target: targetWithoutSecrets(this.#target),
      agent: this.#agent,
      isWindow: this.#isWindow,
      ...(this.peer && { peer: this.peer }),
      phase: this.#running === undefined ? 'done' : hasBegun(this.#running.response) ? 'open' : 'waiting',
      ...(this.#running ? this.#soFar() : this.#outcome),
    }
  }

  detail(): RequestDetail {
    const captured = this.#captured
    if (!captured) return this.summary()
    const summary = this.summary()
    const headers = this.#running ? responseHeaders(this.#running.response) : captured.responseHeaders
    return {
      ...summary,
      request: messageView(captured.requestHeaders, captured.requestBody),
      ...(summary.status !== undefined && { response: messageView(headers, captured.responseBody) }),
    }
  }

  #soFar(): Pick<RequestSummary, 'status' | 'receivedBytes' | 'sentBytes'> {
    if (!this.#running) return this.#outcome
    const { request, response } = this.#running
    const { received, sent } = bytesOf(request)
    const status = hasBegun(response) ? { status: response.statusCode } : {}
    return { ...status, receivedBytes: received - this.#before.received, sentBytes: sent - this.#before.sent }
  }
}

interface Captured {
  readonly requestHeaders: readonly (readonly [string, string])[]
  responseHeaders: readonly (readonly [string, string])[]
  requestBody: CapturedBody | undefined
  responseBody: CapturedBody | undefined
}

/** How much has passed on the connection of a request, both ways. */
export function bytesOf({ socket }: IncomingMessage): Before {
  return { received: socket.bytesRead, sent: socket.bytesWritten }
}

/** The head of one that was taken over is written by hand. */
function hasBegun(response: ServerResponse): boolean {
  return response.headersSent || response.statusCode === 101
}

/**
 * A `data` listener would have it flow before its reader is there: what the parser hands over is seen on its way into the
 * stream instead.
 */
function onRequestData(request: IncomingMessage, take: (chunk: Uint8Array) => void): void {
  const push = request.push.bind(request)
  request.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk instanceof Uint8Array) take(chunk)
    return push(chunk, encoding)
  }
}

/** Of one that is taken over, nothing: its bytes go past the answer. */
function onResponseData(response: ServerResponse, take: (chunk: Uint8Array) => void): void {
  const seen = (chunk: unknown) => {
    if (chunk instanceof Uint8Array) take(chunk)
    else if (typeof chunk === 'string') take(Buffer.from(chunk))
  }
  const { write, end } = response
  response.write = (...args: unknown[]) => {
    seen(args[0])
    return Reflect.apply(write, response, args)
  }
  response.end = (...args: unknown[]) => {
    seen(args[0])
    return Reflect.apply(end, response, args)
  }
}

function messageView(headers: readonly (readonly [string, string])[], body: CapturedBody | undefined): MessageView {
  return { headers: headersWithoutSecrets(headers), ...(body && { body: body.view() }) }
}

function responseHeaders(response: ServerResponse): [string, string][] {
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)])
}

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = []
  for (let at = 0; at + 1 < raw.length; at += 2) found.push([raw[at] ?? '', raw[at + 1] ?? ''])
  return found
}
