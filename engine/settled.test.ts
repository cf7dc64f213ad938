import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { settled } from './settled.ts'

test('gives what each has given', async () => {
  expect(await settled([delay(1, 'a'), Promise.resolve(2)])).toEqual(['a', 2])
})

test('fails with the first in the order given, once all are over', async () => {
  let isOver = false
  const slow = delay(20).then(() => {
    isOver = true
    throw new Error('first')
  })
  await expect(settled([slow, Promise.reject(new Error('second'))])).rejects.toThrow('first')
  expect(isOver).toBe(true)
})
