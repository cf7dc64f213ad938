import { describe, expect, it } from 'vitest'
import { Lock } from './lock.ts'

describe('Lock', () => {
  it('lets one at a time in, first come first served', async () => {
    const lock = new Lock()
    const steps: string[] = []
    const { promise: released, resolve } = Promise.withResolvers<void>()
    const first = lock.run(async () => {
      steps.push('first in')
      await released
      steps.push('first out')
    })
    const others = ['second', 'third'].map((name) => lock.run(() => void steps.push(name)))
    resolve()
    await Promise.all([first, ...others])
    expect(steps).toEqual(['first in', 'first out', 'second', 'third'])
  })

  it('opens again after a failure, which is its own', async () => {
    const lock = new Lock()
    const failing = lock.run(() => {
      throw new Error('mine')
    })
    await expect(failing).rejects.toThrow('mine')
    expect(await lock.run(() => 'fine')).toBe('fine')
  })
})
