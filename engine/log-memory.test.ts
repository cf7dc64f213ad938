import { expect, it } from 'vitest'
import { LogMemory } from './log-memory.ts'

const entry = (message: string, fields: Record<string, string> = {}) => ({ time: '2026-08-01T10:00:00.000Z', level: 'info' as const, message, fields })

it('remembers the last 2,000, and numbers go on', () => {
  const memory = new LogMemory()
  for (let n = 1; n <= 2010; n += 1) memory.add(entry(`${n}`))
  expect(memory.last()).toHaveLength(2000)
  expect(memory.last(2).map(({ id, message }) => [id, message])).toEqual([
    [2009, '2009'],
    [2010, '2010'],
  ])
  expect(memory.last(0)).toEqual([])
  expect(memory.after(2009).map(({ id }) => id)).toEqual([2010])
})

it('holds no more than a million characters, and a long entry is cut before it pushes others out', () => {
  const memory = new LogMemory()
  memory.add(entry('first', { stack: 'x'.repeat(5_000_000) }))
  expect(memory.last()[0]?.fields.stack).toHaveLength(16 * 1024 + 1)
  for (let n = 0; n < 200; n += 1) memory.add(entry('x'.repeat(16 * 1024)))
  const held = memory.last().reduce((sum, { message }) => sum + message.length, 0)
  expect(held).toBeGreaterThan(900_000)
  expect(held).toBeLessThanOrEqual(1024 * 1024)
})

it('tells who watches, until it leaves', () => {
  const memory = new LogMemory()
  let told = 0
  const leave = memory.watch(() => {
    told += 1
  })
  memory.add(entry('a'))
  leave()
  memory.add(entry('b'))
  expect(told).toBe(1)
})
