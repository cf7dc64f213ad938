import { expect, test } from 'vitest'
import { JoinedLog } from './joined-log.ts'

const at = (seconds: number, text: string) => `2026-08-01T10:00:${String(seconds).padStart(2, '0')}.000000000Z ${text}\n`
const shown = (log: JoinedLog) =>
  log.snapshot().flatMap(({ lines }) => lines.map(({ origin, segments }) => `${origin}: ${segments.map(({ text }) => text).join('')}`))

test('lines of several containers stand in the order of time, however they came', () => {
  const log = new JoinedLog()
  log.append('a', 'stdout', at(1, 'one') + at(4, 'four'))
  log.append('b', 'stderr', at(2, 'two') + at(3, 'three') + at(5, 'five'))
  log.settle()
  expect(shown(log)).toEqual(['a: one', 'b: two', 'b: three', 'a: four', 'b: five'])
  expect(log.lastTime('a')).toContain('10:00:04')
})

test('a line that comes in parts is one, whatever others write meanwhile', () => {
  const log = new JoinedLog()
  log.append('a', 'stdout', at(1, 'half').trimEnd())
  log.append('b', 'stdout', at(1, 'other'))
  log.append('a', 'stdout', ' and half\n')
  expect(shown(log)).toEqual(['b: other', 'a: half and half'])
})

test('a pattern hides and gives back; colours are no part of what is searched', () => {
  const log = new JoinedLog()
  log.append('a', 'stdout', at(1, '\u001b[31mer\u001b[0mror') + at(2, 'fine'))
  log.filter(/error/)
  expect(shown(log)).toEqual(['a: error'])
  log.append('a', 'stdout', at(3, 'no error') + at(4, 'fine'))
  expect(shown(log)).toEqual(['a: error', 'a: no error'])
  log.filter(undefined)
  expect(shown(log)).toHaveLength(4)
})

test('what is not wanted any more is forgotten, and begins anew when it is', () => {
  const log = new JoinedLog()
  log.append('a', 'stdout', at(1, 'one'))
  log.append('b', 'stdout', at(2, 'two'))
  log.keep(new Set(['b']))
  expect(shown(log)).toEqual(['b: two'])
  expect(log.lastTime('a')).toBe('')
})
