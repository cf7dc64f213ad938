import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { onClockJump } from './clock-jumps.ts'

let now: number
let steady: number
let told: number
let jumps: Disposable
beforeEach(() => {
  vi.useFakeTimers()
  ;[now, steady, told] = [1_000_000, 0, 0]
  jumps = onClockJump(() => void told++, { now: () => now, steady: () => steady })
})
afterEach(() => {
  jumps[Symbol.dispose]()
  vi.useRealTimers()
})

/** Time passes evenly. */
function pass(ms: number): void {
  for (let passed = 0; passed < ms; passed += 10_000) {
    now += 10_000
    steady += 10_000
    vi.advanceTimersByTime(10_000)
  }
}

test('while time passes evenly it is told every ten minutes', () => {
  pass(9 * 60_000)
  expect(told).toBe(0)
  pass(60_000)
  expect(told).toBe(1)
})

test.each([
  ['the computer slept, and the steady clock with it', 3_600_000, 0],
  ['the computer slept, and the steady clock went on', 3_600_000, 3_600_000],
  ['somebody put the clock back', -60_000, 0],
])('%s: it is told at the next look, once', (_, nowJumps, steadyJumps) => {
  pass(20_000)
  now += nowJumps
  steady += steadyJumps
  pass(10_000)
  expect(told).toBe(1)
  pass(60_000)
  expect(told).toBe(1)
})

test('a timer that other programs hold up for a while is no jump', () => {
  now += 3_000
  steady += 3_000
  pass(10_000)
  expect(told).toBe(0)
})

test('nothing is told once nobody wants to hear', () => {
  jumps[Symbol.dispose]()
  now += 3_600_000
  pass(10_000)
  expect(told).toBe(0)
})
