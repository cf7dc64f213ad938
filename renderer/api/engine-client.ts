import { say } from '../text/say.ts'
import { isRecord, textAt } from './json.ts'

/** The Engine API of this window's engine: the web console and the desktop serve it below the same path. */
const BASE = '/engine/v1.51'

/** `unreachable`: nobody answered; `no-session`: the console wants its link; `refused`: the engine said no, with its words. */
export type CallFailure = 'unreachable' | 'no-session' | 'refused'

/** Why a call to the engine failed; the message is meant for a person. */
export class CallError extends Error {
  readonly failure: CallFailure
  /** HTTP status; 0 when there was no answer. */
  readonly status: number

  constructor(failure: CallFailure, status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CallError'
    this.failure = failure
    this.status = status
  }
}

export type CallQuery = Readonly<Record<string, string | number | boolean | undefined>>

export interface CallOptions {
  readonly query?: CallQuery
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is: an archive. */
  readonly upload?: Blob
  readonly signal?: AbortSignal
  /** Our engine does it as a task, which goes on without this window, and answers 202; another engine answers as ever. */
  readonly task?: { readonly kind: string; readonly name: string }
  /** Asking twice does no more than asking once; so for GET, unless said otherwise. */
  readonly isRepeatable?: boolean
}

/**
 * Chromium drops connections that are being made when a network interface comes or goes (ERR_NETWORK_CHANGED), as
 * happens at each start and end of a container: such a call is made again after these pauses.
 */
const REPEAT_AFTER_MS = [30, 150, 400]

/**
 * One call to the Engine API. Resolves with the head of a good answer (2xx, or 304 for "is so already"); the body streams.
 * @throws CallError for everything else; an abort passes as it is.
 */
export async function callEngine(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, options: CallOptions = {}): Promise<Response> {
  const response = await answered(method, path, options)
  if (response.ok || response.status === 304) return response
  const message = messageIn(await response.text())
  if (response.status === 401) throw new CallError('no-session', 401, message ?? say('This console needs its link: open the address that the engine printed.'))
  if (response.status === 502 || response.status === 504) throw new CallError('unreachable', response.status, message ?? say('The engine does not answer.'))
  const words = message ?? say('The engine answered {status}', { status: `${response.status} ${response.statusText}` })
  // What a person did names itself; of what the window asks for by itself nobody knows what it was.
  throw new CallError('refused', response.status, method === 'GET' && response.status >= 500 ? `GET ${path}: ${words}` : words)
}

/** A call whose answer carries nothing. Its body is read to the end: Chromium counts one that is not as broken off. */
export async function command(method: 'POST' | 'PUT' | 'DELETE', path: string, options: CallOptions = {}): Promise<void> {
  await (await callEngine(method, path, options)).arrayBuffer()
}

/** A call whose answer is one JSON document. */
export async function fetchJson(path: string, options: CallOptions = {}): Promise<unknown> {
  return (await callEngine('GET', path, options)).json()
}

async function answered(method: string, path: string, options: CallOptions): Promise<Response> {
  const pauses = (options.isRepeatable ?? method === 'GET') ? REPEAT_AFTER_MS : []
  for (const ms of pauses) {
    try {
      return await send(method, path, options)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      await new Promise((resolve) => setTimeout(resolve, ms))
    }
  }
  return send(method, path, options)
}

/** Where the browser itself finds what the engine answers: for a link that saves a file. */
export function engineUrl(path: string, query: CallQuery = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]))
  return `${BASE}${path}${pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''}`
}

async function send(method: string, path: string, { query, body, upload, signal, task }: CallOptions): Promise<Response> {
  try {
    return await fetch(engineUrl(path, query), {
      method,
      // By this the inspector knows a window's calls from those of programs.
      headers: {
        'X-Engineroom-Window': '1',
        ...(task && { 'X-Engineroom-Task': `${task.kind} ${encodeURIComponent(task.name)}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(upload && { 'Content-Type': 'application/x-tar' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(upload && { body: upload }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new CallError('unreachable', 0, say('There is no connection to it.'), { cause: error })
  }
}

/** Docker's `{"message": …}`; text that is something else stands for itself. */
function messageIn(body: string): string | undefined {
  if (body.trim() === '') return undefined
  try {
    const parsed: unknown = JSON.parse(body)
    if (isRecord(parsed) && textAt(parsed, 'message') !== '') return textAt(parsed, 'message')
  } catch {
    // Not JSON: a proxy in between answered in its own words.
  }
  return body.trim()
}

/** What a person can be told about something that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
