import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RestartTimers, shouldRestart, shouldStartWithDaemon } from './restart-policy.ts'

const exit = { exitCode: 1, hasBeenStoppedByHand: false, restartCount: 0 }

describe('after an exit', () => {
  it.each([
    ['no policy', undefined, exit, false],
    ['no', { Name: 'no' }, exit, false],
    ['always, however it ended', { Name: 'always' }, { ...exit, exitCode: 0 }, true],
    ['always, but stopped by hand', { Name: 'always' }, { ...exit, hasBeenStoppedByHand: true }, false],
    ['unless-stopped', { Name: 'unless-stopped' }, { ...exit, exitCode: 0 }, true],
    ['unless-stopped, stopped by hand', { Name: 'unless-stopped' }, { ...exit, hasBeenStoppedByHand: true }, false],
    ['on-failure, failed', { Name: 'on-failure' }, exit, true],
    ['on-failure, succeeded', { Name: 'on-failure' }, { ...exit, exitCode: 0 }, false],
    ['on-failure:3 before its third restart', { Name: 'on-failure', MaximumRetryCount: 3 }, { ...exit, restartCount: 2 }, true],
    ['on-failure:3 after its third restart', { Name: 'on-failure', MaximumRetryCount: 3 }, { ...exit, restartCount: 3 }, false],
    ['on-failure:0 is without limit', { Name: 'on-failure', MaximumRetryCount: 0 }, { ...exit, restartCount: 1000 }, true],
  ])('%s', (_, policy, circumstances, expected) => expect(shouldRestart(policy, circumstances)).toBe(expected))
})

describe('when the daemon starts and finds it stopped', () => {
  it.each([
    ['always, even if it was stopped by hand', 'always', true, true, true],
    ['always, but it was never started', 'always', false, false, false],
    ['unless-stopped, and the machine went down', 'unless-stopped', false, true, true],
    ['unless-stopped, and it was stopped by hand', 'unless-stopped', true, true, false],
    ['on-failure is left alone', 'on-failure', false, true, false],
    ['no is left alone', 'no', false, true, false],
  ])('%s', (_, Name, byHand, hasEverStarted, expected) => expect(shouldStartWithDaemon({ Name }, byHand, hasEverStarted)).toBe(expected))
})

describe('RestartTimers', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** How long each of so many restarts in a row waited. */
  function delays(timers: RestartTimers, runsMs: readonly number[]): number[] {
    return runsMs.map((lastRunMs) => {
      const begun = Date.now()
      let waited = -1
      timers.schedule('c', lastRunMs, () => {
        waited = Date.now() - begun
      })
      vi.runAllTimers()
      return waited
    })
  }

  it('waits 100 ms, then twice as long each time, a minute at most', () => {
    expect(delays(new RestartTimers(), Array(12).fill(5))).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000])
  })

  it('begins anew after a run of ten seconds', () => {
    expect(delays(new RestartTimers(), [5, 5, 5, 10_000, 5])).toEqual([100, 200, 400, 100, 200])
  })

  it('begins anew after a start by hand', () => {
    const timers = new RestartTimers()
    delays(timers, [5, 5, 5])
    timers.forget('c')
    expect(delays(timers, [5])).toEqual([100])
  })

  it('keeps the back-off through a cancel', () => {
    const timers = new RestartTimers()
    delays(timers, [5, 5])
    timers.cancel('c')
    expect(delays(timers, [5])).toEqual([400])
  })

  it('starts nothing that was cancelled', () => {
    const timers = new RestartTimers()
    const start = vi.fn()
    timers.schedule('one', 0, start)
    timers.schedule('two', 0, start)
    timers.cancel('one')
    timers.cancelAll()
    vi.runAllTimers()
    expect(start).not.toHaveBeenCalled()
  })

  it('starts nobody while held', () => {
    const timers = new RestartTimers()
    const started: string[] = []
    timers.hold()
    timers.schedule('held', 5, () => started.push('held'))
    timers.release()
    timers.schedule('released', 5, () => started.push('released'))
    vi.advanceTimersByTime(100)
    expect(started).toEqual(['released'])
  })
})
