import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { isInStage } from './staging.ts'

const first = '00000000-0000-4000-8000-000000000000'
const last = '00000000-0000-4000-8000-0000ffffffff'

test.each([
  [first, undefined, true],
  [last, undefined, true],
  [first, 0, false],
  [first, 1, true],
  [last, 99.9, false],
  [last, 100, true],
] as const)('%s at %s: %s', (id, percentage, isIn) => {
  expect(isInStage(id, percentage)).toBe(isIn)
})

test('about as many as it says, and who is in stays in as it grows', () => {
  const ids = Array.from({ length: 4000 }, () => randomUUID())
  const quarter = ids.filter((id) => isInStage(id, 25))
  expect(quarter.length / ids.length).toBeCloseTo(0.25, 1)
  expect(quarter.every((id) => isInStage(id, 50))).toBe(true)
})
