import { expect, test } from 'vitest'
import { FirstUse } from './first-use.ts'

test('is done once, for all who come while it is done and after', async () => {
  let runs = 0
  const work = new FirstUse(async () => void runs++)
  await Promise.all([work.done(), work.done()])
  await work.done()
  expect(runs).toBe(1)
})

test('one that failed is tried again by the next', async () => {
  let runs = 0
  const work = new FirstUse(async () => {
    if (runs++ === 0) throw new Error('not yet')
  })
  const [one, other] = [work.done(), work.done()]
  await expect(one).rejects.toThrow('not yet')
  await expect(other).rejects.toThrow('not yet')
  await work.done()
  expect(runs).toBe(2)
})
