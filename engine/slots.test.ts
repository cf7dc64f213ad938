import { describe, expect, it, vi } from 'vitest'
import { Slots } from './slots.ts'

describe('Slots', () => {
  it('runs so many at a time, in the order of asking, and says who waits', async () => {
    const slots = new Slots(2)
    const waited: number[] = []
    const begun: number[] = []
    const jobs = Array.from({ length: 4 }, () => Promise.withResolvers<void>())
    const done = jobs.map(({ promise }, i) =>
      slots.run(
        () => {
          begun.push(i)
          return promise
        },
        () => waited.push(i),
      ),
    )
    await vi.waitFor(() => expect(begun).toEqual([0, 1]))
    expect(waited).toEqual([2, 3])
    jobs[1]?.resolve()
    await vi.waitFor(() => expect(begun).toEqual([0, 1, 2]))
    for (const { resolve } of jobs) resolve()
    await Promise.all(done)
    expect(begun).toEqual([0, 1, 2, 3])
  })

  it('gives the slot of one that failed to the next', async () => {
    const slots = new Slots(1)
    const failing = slots.run(
      () => Promise.reject(new Error('no')),
      () => {},
    )
    const next = slots.run(
      () => Promise.resolve('yes'),
      () => {},
    )
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })
})
