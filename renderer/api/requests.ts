import { chunksOf } from './byte-stream.ts'
import { callEngine, fetchJson } from './engine-client.ts'
import { asRecords, isRecord, type JsonRecord, numberAt, recordAt, textAt } from './json.ts'
import { jsonLines } from './json-lines.ts'

/** `waiting` for an answer; `open`: it has begun and goes on, as streams do; `done`, however. */
export type RequestPhase = 'waiting' | 'open' | 'done'

/** A call of the Engine API, whoever made it. @see docs/inspector.md */
export interface RequestRow {
  readonly id: number
  readonly startedAtMs: number
  readonly method: string
  readonly target: string
  /** What the client calls itself; may be empty. */
  readonly agent: string
  /** It is a window's own. */
  readonly isWindow: boolean
  /** Of a client on this machine, when somebody looked as it came. */
  readonly program: string
  readonly pid: number | undefined
  /** Of a client on the network. */
  readonly address: string
  readonly phase: RequestPhase
  readonly status: number | undefined
  readonly durationMs: number | undefined
  readonly receivedBytes: number
  readonly sentBytes: number
  /** The client went before it had the whole answer. */
  readonly isBrokenOff: boolean
}

export interface Body {
  readonly bytes: number
  /** Undefined for what is no text. */
  readonly text: string | undefined
  readonly isCut: boolean
}

export interface Message {
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Body | undefined
}

/** Undefined parts were not recorded: nobody looked when it began. */
export interface RequestDetail extends RequestRow {
  readonly request: Message | undefined
  readonly response: Message | undefined
  /** Where the engine listens, as it says itself: `unix:///run/…`. */
  readonly engine: string
}

/** Every call: those that are remembered, then each change of one. The engine records more while somebody reads this. */
export async function followRequests(signal: AbortSignal): Promise<AsyncGenerator<RequestRow>> {
  const response = await callEngine('GET', '/engineroom/v1/requests', { signal })
  return rowsOf(jsonLines(chunksOf(response, signal)))
}

async function* rowsOf(lines: AsyncIterable<JsonRecord>): AsyncGenerator<RequestRow> {
  for await (const line of lines) yield parseRequest(line)
}

/** @throws CallError when it is not remembered any more */
export async function findRequest(id: number, signal: AbortSignal): Promise<RequestDetail> {
  const reply = await fetchJson(`/engineroom/v1/requests/${id}`, { signal })
  return parseDetail(isRecord(reply) ? reply : {})
}

/** Everything that the engine remembers, oldest first. */
export async function listRequestDetails(): Promise<RequestDetail[]> {
  return asRecords(await fetchJson('/engineroom/v1/requests/details')).map(parseDetail)
}

export function parseRequest(from: JsonRecord): RequestRow {
  const peer = recordAt(from, 'peer')
  const phase = textAt(from, 'phase')
  return {
    id: numberAt(from, 'id') ?? 0,
    startedAtMs: numberAt(from, 'startedAtMs') ?? 0,
    method: textAt(from, 'method'),
    target: textAt(from, 'target'),
    agent: textAt(from, 'agent'),
    isWindow: from.isWindow === true,
    program: textAt(peer, 'command'),
    pid: numberAt(peer, 'pid'),
    address: textAt(peer, 'address'),
    phase: phase === 'waiting' || phase === 'open' ? phase : 'done',
    status: numberAt(from, 'status'),
    durationMs: numberAt(from, 'durationMs'),
    receivedBytes: numberAt(from, 'receivedBytes') ?? 0,
    sentBytes: numberAt(from, 'sentBytes') ?? 0,
    isBrokenOff: from.isBrokenOff === true,
  }
}

export function parseDetail(from: JsonRecord): RequestDetail {
  return { ...parseRequest(from), request: parseMessage(from.request), response: parseMessage(from.response), engine: textAt(from, 'engine') }
}

function parseMessage(from: unknown): Message | undefined {
  if (!isRecord(from)) return undefined
  const headers = Array.isArray(from.headers) ? from.headers : []
  return {
    headers: headers.flatMap((one: unknown) => (Array.isArray(one) ? [[String(one[0]), String(one[1])] as const] : [])),
    body: isRecord(from.body) ? parseBody(from.body) : undefined,
  }
}

function parseBody(from: JsonRecord): Body {
  return { bytes: numberAt(from, 'bytes') ?? 0, text: typeof from.text === 'string' ? from.text : undefined, isCut: from.isCut === true }
}
