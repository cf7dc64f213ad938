import { afterEach, expect, test, vi } from 'vitest'
import { stillMachine } from '../../testing/still-machine.ts'
import type { MachineEnd } from './driver.ts'
import { shutDown } from './shut-down.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('a guest that did not hear its power button yet hears it again', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { promise: ended, resolve: end } = Promise.withResolvers<MachineEnd>()
  let presses = 0
  const pressPowerButton = async () => {
    presses++
    if (presses === 1) throw new Error('the monitor is busy')
    if (presses === 3) end({ reason: 'off' })
  }
  const down = shutDown(stillMachine({ ended, pressPowerButton }))
  vi.advanceTimersByTime(4_000)
  await down
  expect([presses, vi.getTimerCount()]).toEqual([3, 0])
})

test('one that does not hear it at all has its plug pulled', async () => {
  const { promise: ended, resolve: end } = Promise.withResolvers<MachineEnd>()
  const seen: string[] = []
  const cutPower = async () => {
    seen.push('plug')
    end({ reason: 'off' })
  }
  await shutDown(stillMachine({ ended, pressPowerButton: async () => void seen.push('power button'), cutPower }), 1)
  expect(seen).toEqual(['power button', 'plug'])
})
