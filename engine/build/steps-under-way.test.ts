import { expect, it } from 'vitest'
import { StepsUnderWay } from './steps-under-way.ts'

const never = new AbortController().signal

it('has one at a time at a step, however the one before has ended', async () => {
  const steps = new StepsUnderWay()
  const told: string[] = []
  const first = Promise.withResolvers<void>()
  const work = (name: string, until?: Promise<void>) => async () => {
    told.push(`${name} begins`)
    await until
    told.push(`${name} ends`)
  }
  const all = [
    steps.alone('a', never, work('first', first.promise)),
    steps.alone('a', never, work('second')),
    steps.alone('a', never, work('third')),
    steps.alone('b', never, work('another')),
  ]
  const outcomes = Promise.allSettled(all)
  await all[3]
  expect(told).toEqual(['first begins', 'another begins', 'another ends'])
  first.reject(new Error('failed'))
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  expect(told.slice(3)).toEqual(['second begins', 'second ends', 'third begins', 'third ends'])
})

it('lets go whoever gives up while another is at it', async () => {
  const steps = new StepsUnderWay()
  const first = Promise.withResolvers<void>()
  const made = steps.alone('a', never, () => first.promise)
  const giveUp = new AbortController()
  const waiting = steps.alone('a', giveUp.signal, () => Promise.resolve())
  giveUp.abort(new Error('gave up'))
  await expect(waiting).rejects.toThrow('gave up')
  first.resolve()
  await made
})
