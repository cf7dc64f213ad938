import { expect, test } from 'vitest'
import type { LogSource } from '../api/log-frames.ts'
import { BLOCK_LINES, type LogBlock } from './log-blocks.ts'
import { LogBuffer, MAX_LINES } from './log-buffer.ts'

const encoder = new TextEncoder()
const piece = (text: string, source: LogSource = 'stdout') => ({ source, bytes: encoder.encode(text) })
const linesOf = (blocks: readonly LogBlock[]) => blocks.flatMap(({ lines }) => lines)
const texts = (blocks: readonly LogBlock[]) => linesOf(blocks).map(({ segments }) => segments.map(({ text }) => text).join(''))

test('lines are put together from pieces, each source for itself', () => {
  const buffer = new LogBuffer()
  buffer.append(piece('one\ntw'))
  buffer.append(piece('err', 'stderr'))
  buffer.append(piece('o\n'))
  buffer.append(piece('or\n', 'stderr'))
  expect(linesOf(buffer.snapshot()).map(({ source }) => source)).toEqual(['stdout', 'stdout', 'stderr'])
  expect(texts(buffer.snapshot())).toEqual(['one', 'two', 'error'])
})

test('the engine’s time stands apart from the text', () => {
  const buffer = new LogBuffer()
  buffer.append(piece('2026-08-01T10:31:02.114203511Z hello\n2026-08-01T10:31:03Z\n'))
  expect(linesOf(buffer.snapshot()).map(({ time }) => time)).toEqual(['2026-08-01T10:31:02.114203511Z', '2026-08-01T10:31:03Z'])
  expect(texts(buffer.snapshot())).toEqual(['hello', ''])
  expect(buffer.lastTime).toBe('2026-08-01T10:31:03Z')
})

test('an unfinished line is shown, and finished in its place', () => {
  const buffer = new LogBuffer()
  buffer.append(piece('password: '))
  expect(texts(buffer.snapshot())).toEqual(['password: '])
  buffer.append(piece('***\n'))
  expect(texts(buffer.snapshot())).toEqual(['password: ***'])
})

test('a full block stays the same object, so that it is not drawn again', () => {
  const buffer = new LogBuffer()
  buffer.append(piece('x\n'.repeat(BLOCK_LINES + 1)))
  const [before] = buffer.snapshot()
  buffer.append(piece('y\n'))
  const [after, open] = buffer.snapshot()
  expect(after).toBe(before)
  expect(open?.lines).toHaveLength(2)
})

test('a million lines are kept, then the oldest blocks go, and keys stay unique', () => {
  const buffer = new LogBuffer()
  const STEP = 1000
  for (let n = 0; n < MAX_LINES + 2 * BLOCK_LINES; n += STEP)
    buffer.append(piece(Array.from({ length: Math.min(STEP, MAX_LINES + 2 * BLOCK_LINES - n) }, (_, at) => `line ${n + at}\n`).join('')))
  const blocks = buffer.snapshot()
  expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(MAX_LINES)
  expect(texts(blocks.slice(0, 1))[0]).toBe(`line ${2 * BLOCK_LINES}`)
  expect(new Set(blocks.map(({ key }) => key)).size).toBe(blocks.length)
  buffer.filter(/^line 77777\d$/)
  expect(texts(buffer.snapshot())).toHaveLength(10)
})

test('a pattern hides and gives back, also what is unfinished; colours and times are no part of what is searched', () => {
  const buffer = new LogBuffer()
  buffer.append(piece('2026-08-01T10:31:02Z \u001b[31mer\u001b[0mror\n2026-08-01T10:31:03Z fine\n'))
  buffer.filter(/^error/)
  buffer.append(piece('2026-08-01T10:31:04Z error 2\n2026-08-01T10:31:05Z fi'))
  expect(texts(buffer.snapshot())).toEqual(['error', 'error 2'])
  buffer.filter(undefined)
  expect(texts(buffer.snapshot())).toEqual(['error', 'fine', 'error 2', 'fi'])
})

test('a program that never ends its line does not fill the memory', () => {
  const buffer = new LogBuffer()
  for (let n = 0; n < 100; n += 1) buffer.append(piece('x'.repeat(10_000)))
  expect(texts(buffer.snapshot())[0]?.length).toBeLessThanOrEqual(20_000)
})

test('after a break the unfinished line comes again with the next stream', () => {
  const buffer = new LogBuffer()
  buffer.append(piece('whole\nbro'))
  buffer.dropUnfinished()
  buffer.append(piece('broken\n'))
  expect(texts(buffer.snapshot())).toEqual(['whole', 'broken'])
})
