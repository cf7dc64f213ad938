import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { bodyWithoutSecrets, headersWithoutSecrets } from '../secrets.ts'
import type { Passing, TapEvent } from './event.ts'

const Headers = Type.Array(Type.Tuple([Type.String(), Type.String()]))
const SideName = Type.Union([Type.Literal('client'), Type.Literal('engine')])

/** One event as a line of JSON. Bytes are `text` where they are that, else `base64`. */
const EventLine = Type.Object({
  exchange: Type.Integer(),
  time: Type.String(),
  request: Type.Optional(Type.Object({ method: Type.String(), target: Type.String(), headers: Headers })),
  response: Type.Optional(Type.Object({ status: Type.Integer(), reason: Type.String(), headers: Headers })),
  data: Type.Optional(
    Type.Object({
      from: SideName,
      /** How many there were, where not all are told. */
      bytes: Type.Optional(Type.Integer()),
      text: Type.Optional(Type.String()),
      base64: Type.Optional(Type.String()),
    }),
  ),
  end: Type.Optional(SideName),
  lost: Type.Optional(Type.Literal(true)),
})
type EventLine = Static<typeof EventLine>

/** What of one piece of a body is shown. */
const SHOWN_BYTES = 4096

/** All of it, to be sent again: secrets too. */
export function recordedLine(event: TapEvent): string {
  return lineOf(event, event.passing)
}

/** For programs that look on: bodies are cut, secrets hidden. */
export function shownLine(event: TapEvent): string {
  const { passing } = event
  if (passing.kind === 'request' || passing.kind === 'response') return lineOf(event, { ...passing, headers: headersWithoutSecrets(passing.headers) })
  if (passing.kind !== 'data') return lineOf(event, passing)
  const part = passing.data.subarray(0, SHOWN_BYTES)
  const { text, ...rest } = bytesOf(part)
  const data = { from: passing.from, bytes: passing.data.length, ...(text === undefined ? rest : { text: bodyWithoutSecrets(text) }) }
  return JSON.stringify({ ...stampOf(event), data } satisfies EventLine)
}

/** @throws Error for a line that was never one of ours */
export function parseRecordedLine(line: string): TapEvent {
  const value = Value.Parse(EventLine, JSON.parse(line))
  const passing = passingOf(value)
  if (!passing) throw new Error('it says nothing')
  return { exchange: value.exchange, timeMs: Date.parse(value.time), passing }
}

function passingOf({ request, response, data, end, lost }: EventLine): Passing | undefined {
  if (request) return { kind: 'request', ...request }
  if (response) return { kind: 'response', ...response }
  if (data) return { kind: 'data', from: data.from, data: data.base64 === undefined ? Buffer.from(data.text ?? '') : Buffer.from(data.base64, 'base64') }
  if (end) return { kind: 'end', from: end }
  return lost ? { kind: 'lost' } : undefined
}

function lineOf(event: TapEvent, passing: Passing): string {
  return JSON.stringify({ ...stampOf(event), ...contentOf(passing) } satisfies EventLine)
}

function stampOf({ exchange, timeMs }: TapEvent) {
  return { exchange, time: new Date(timeMs).toISOString() }
}

function contentOf(passing: Passing): Partial<EventLine> {
  switch (passing.kind) {
    case 'request':
      return { request: { method: passing.method, target: passing.target, headers: mutable(passing.headers) } }
    case 'response':
      return { response: { status: passing.status, reason: passing.reason, headers: mutable(passing.headers) } }
    case 'data':
      return { data: { from: passing.from, ...bytesOf(passing.data) } }
    case 'end':
      return { end: passing.from }
    case 'lost':
      return { lost: true }
  }
}

function mutable(headers: readonly (readonly [string, string])[]): [string, string][] {
  return headers.map(([name, value]) => [name, value])
}

function bytesOf(data: Buffer): { text?: string; base64?: string } {
  const text = data.toString('utf8')
  return Buffer.from(text).equals(data) ? { text } : { base64: data.toString('base64') }
}
