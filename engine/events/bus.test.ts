import { afterEach, describe, expect, it, vi } from 'vitest'
import { EventBus } from './bus.ts'

describe('EventBus', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells the time of the clock on the wall, also once that was set, or the machine has slept', () => {
    const bus = new EventBus()
    vi.useFakeTimers({ toFake: ['Date'] })
    for (const hours of [1, 24]) {
      vi.setSystemTime(new Date(`2030-01-01T00:00:00Z`).getTime() + hours * 3_600_000)
      expect(Number(bus.publish('container', 'one', 'id').timeNano / 1_000_000n)).toBe(Date.now())
    }
  })

  it('tells everybody in order, at strictly rising times', () => {
    const bus = new EventBus()
    const seen: string[] = []
    bus.subscribe(({ action }) => seen.push(action))
    const times = Array.from({ length: 1000 }, (_, i) => bus.publish('container', `${i}`, 'id').timeNano)
    expect(seen).toHaveLength(1000)
    expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0n))).toBe(true)
  })

  it('tells nobody who has left', () => {
    const bus = new EventBus()
    const seen: string[] = []
    const leave = bus.subscribe(({ action }) => seen.push(action))
    bus.publish('container', 'one', 'id')
    leave()
    bus.publish('container', 'two', 'id')
    expect(seen).toEqual(['one'])
  })

  it('remembers what was, since then', () => {
    const bus = new EventBus()
    bus.publish('container', 'one', 'id')
    const { timeNano } = bus.publish('image', 'two', 'id', { name: 'x' })
    bus.publish('volume', 'three', 'id')
    expect(bus.history(timeNano).map(({ action }) => action)).toEqual(['two', 'three'])
    expect(bus.history(0n)).toHaveLength(3)
  })

  it('forgets the oldest, so that it never grows without end', () => {
    const bus = new EventBus()
    for (let i = 0; i < 5000; i++) bus.publish('container', `${i}`, 'id')
    const history = bus.history(0n)
    expect(history.length).toBeLessThanOrEqual(1024)
    expect(history.at(-1)?.action).toBe('4999')
  })
})
