import { describe, expect, it } from 'vitest'
import type { Header, Passing } from './event.ts'
import { TextPrinter } from './text-printer.ts'

/** What is printed, with one millisecond between any two events, without the clock. */
function printed(passings: readonly Passing[], headers = false): string[] {
  let text = ''
  const printer = new TextPrinter((part) => (text += part), { headers })
  for (const [index, passing] of passings.entries()) printer.print({ exchange: 7, timeMs: 1000 + index, passing })
  return text.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, ''))
}

const request = (target: string, headers: Header[] = []): Passing => ({ kind: 'request', method: 'POST', target, headers })
const answer = (headers: Header[] = [], status = 200, reason = 'OK'): Passing => ({ kind: 'response', status, reason, headers })
const data = (from: 'client' | 'engine', text: string | Buffer): Passing => ({ kind: 'data', from, data: Buffer.from(text) })
const end = (from: 'client' | 'engine'): Passing => ({ kind: 'end', from })

const JSON_TYPE: Header = ['Content-Type', 'application/json; charset=utf-8']

describe('a request and its answer', () => {
  it('have a line each, their bodies, and how much and how long', () => {
    const lines = printed([
      request('/x', [JSON_TYPE, ['Content-Length', '7']]),
      data('client', '{"a":1}'),
      end('client'),
      answer([JSON_TYPE]),
      data('engine', '[]\n'),
      end('engine'),
    ])
    expect(lines).toEqual([
      '#7 → POST /x  application/json  7 B',
      '#7 →   {"a":1}',
      '#7 ← 200 OK  application/json  3.0 ms',
      '#7 ←   []',
      '#7 ■ 7 B sent, 3 B received  5.0 ms',
      '',
    ])
  })

  it('that is broken off says so', () => {
    expect(printed([request('/x'), data('client', 'ab'), { kind: 'lost' }])).toContain('#7 ✗ POST /x was broken off  2 B sent, 0 B received  2.0 ms')
  })

  it('show headers when asked to, and never a password', () => {
    const text = printed(
      [
        request('/auth', [
          ['X-Registry-Auth', 'c2VjcmV0'],
          ['Host', 'd'],
        ]),
        data('client', '{"username":"u","password":"sec\\"ret","auth":"c2Vj"}'),
      ],
      true,
    ).join('\n')
    expect(text).toContain('X-Registry-Auth: (hidden)\n')
    expect(text).toContain('Host: d\n')
    expect(text).toContain('{"username":"u","password":"(hidden)","auth":"(hidden)"}')
    expect(text).not.toMatch(/sec/i)
  })
})

describe('a body', () => {
  it('that is long is cut, in all and by the line', () => {
    const lines = printed([request('/x'), end('client'), answer(), ...Array.from({ length: 9 }, () => data('engine', 'x'.repeat(1500))), end('engine')])
    expect(lines.filter((line) => line.endsWith(' … 500 more'))).toHaveLength(2)
    expect(lines.filter((line) => line.includes('not all is shown'))).toHaveLength(1)
    expect(lines.join('').match(/x/g)?.length).toBeLessThan(4096)
    expect(lines).toContain('#7 ■ 13.5 kB received  12.0 ms')
  })

  it('of an answer that goes on is not', () => {
    const lines = printed([
      request('/v1.51/containers/a/logs?follow=1'),
      end('client'),
      answer(),
      ...Array.from({ length: 9 }, () => data('engine', `${'x'.repeat(900)}\n`)),
    ])
    expect(lines.filter((line) => line.startsWith('#7 ←   xxx'))).toHaveLength(9)
  })

  it('that is no text is only counted', () => {
    expect(printed([request('/x'), data('client', Buffer.from([0, 1, 2])), data('client', Buffer.from([0xff, 0xfe, 0x41, 0xff, 0x42]))])).toEqual(
      expect.arrayContaining(['#7 →   (binary, 3 B)', '#7 →   (binary, 5 B)']),
    )
  })

  it('cannot move the cursor', () => {
    expect(printed([request('/x'), data('client', '\x1b[31mred\x07\tb\x9bc')])).toContain('#7 →   \\x1b[31mred\\x07\tb\\x9bc')
  })
})

describe('streams of a container', () => {
  const frame = (stream: number, text: string) => Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)])
  const both = Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n'), frame(1, 'more\n')])

  it.each(['multiplexed-stream', 'raw-stream'])('are told apart, however their frames were cut: %s', (type) => {
    const pieces = [both.subarray(0, 14), both.subarray(14, 30), both.subarray(30)]
    const lines = printed([
      request('/containers/a/attach'),
      end('client'),
      answer([['Content-Type', `application/vnd.docker.${type}`]], 101, 'UPGRADED'),
      ...pieces.map((piece) => data('engine', piece)),
      end('client'),
    ])
    expect(lines.slice(2)).toEqual(['#7 ← stdout   out', '#7 ← stderr   err', '#7 ← stdout   more', '#7 → end of input', ''])
  })

  it('of a terminal are what is on it', () => {
    const lines = printed([
      request('/exec/a/start'),
      end('client'),
      answer([['Content-Type', 'application/vnd.docker.raw-stream']], 101, 'UPGRADED'),
      data('engine', '/ # '),
      data('client', 'ls\r'),
    ])
    expect(lines.slice(2)).toEqual(['#7 ←   / # ', '#7 →   ls\\x0d', ''])
  })
})
