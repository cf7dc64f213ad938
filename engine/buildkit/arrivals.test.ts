import { expect, it } from 'vitest'
import { Arrivals } from './arrivals.ts'

const still = new AbortController().signal

it('what is here is had at once, what comes as soon as it does', async () => {
  const arrivals = new Arrivals<number>()
  arrivals.add('one', 1)
  expect(await arrivals.wait('one', 60_000, still)).toBe(1)
  const later = arrivals.wait('two', 60_000, still)
  arrivals.add('other', 0)
  arrivals.add('two', 2)
  expect(await later).toBe(2)
})

it('nobody waits for ever, nor for what has gone', async () => {
  const arrivals = new Arrivals<number>()
  arrivals.add('one', 1)
  arrivals.remove('one')
  expect([arrivals.has('one'), await arrivals.wait('one', 1, still)]).toEqual([false, undefined])
})

it('who is called off hears why', async () => {
  const arrivals = new Arrivals<number>()
  const off = new AbortController()
  const waiting = arrivals.wait('one', 60_000, off.signal)
  off.abort(new Error('the client left'))
  await expect(waiting).rejects.toThrow('the client left')
  await expect(arrivals.wait('one', 60_000, off.signal)).rejects.toThrow('the client left')
})
