import { describe, expect, it } from 'vitest'
import type { Passing, TapEvent } from './event.ts'
import { parseRecordedLine, recordedLine, shownLine } from './event-line.ts'

const event = (passing: Passing): TapEvent => ({ exchange: 3, timeMs: Date.UTC(2026, 10, 27, 12), passing })

const PASSINGS: Passing[] = [
  { kind: 'request', method: 'POST', target: '/x?a=b', headers: [['X-Registry-Auth', 'c2VjcmV0']] },
  { kind: 'response', status: 101, reason: 'UPGRADED', headers: [] },
  { kind: 'data', from: 'client', data: Buffer.from('grün {"password":"secret"}') },
  { kind: 'data', from: 'engine', data: Buffer.from([0xff, 0, 1, 0xfe]) },
  { kind: 'data', from: 'engine', data: Buffer.from('x'.repeat(9000)) },
  { kind: 'end', from: 'engine' },
  { kind: 'lost' },
]

it.each(PASSINGS)('a recording keeps all of it: $kind', (passing) => expect(parseRecordedLine(recordedLine(event(passing)))).toEqual(event(passing)))

describe('a line that is shown', () => {
  it('is one of JSON, with the time', () => {
    expect(JSON.parse(shownLine(event({ kind: 'end', from: 'client' })))).toEqual({ exchange: 3, time: '2026-11-27T12:00:00.000Z', end: 'client' })
  })

  it('has no secret in it', () => {
    for (const passing of PASSINGS) expect(shownLine(event(passing))).not.toMatch(/secret|c2VjcmV0/)
  })

  it('has the beginning of a long body, and its length', () => {
    const { data } = JSON.parse(shownLine(event({ kind: 'data', from: 'engine', data: Buffer.from('x'.repeat(9000)) })))
    expect([data.text.length, data.bytes]).toEqual([4096, 9000])
  })
})

it.each(['', '{}', '{"exchange":1,"time":"x"}', '{"exchange":"1","time":"x","lost":true}', '[]'])('%j is no line of a recording', (line) => {
  expect(() => parseRecordedLine(line)).toThrow()
})
