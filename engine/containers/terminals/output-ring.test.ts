import { expect, test } from 'vitest'
import { OutputRing } from './output-ring.ts'

test('keeps all that fits, and of more the end, from the beginning of a line', () => {
  const ring = new OutputRing(10)
  ring.add(Buffer.from('ab'))
  ring.add(Buffer.from('cde\nf'))
  expect(ring.read().toString()).toBe('abcde\nf')
  ring.add(Buffer.from('ghijk'))
  expect(ring.read().toString()).toBe('fghijk')
  ring.add(Buffer.from('0123456789\nABC'))
  expect(ring.read().toString()).toBe('ABC')
})

test('a line that is longer than all of it is cut', () => {
  const ring = new OutputRing(4)
  ring.add(Buffer.from('abcdefgh'))
  expect(ring.read().toString()).toBe('efgh')
})
