import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Log } from '../log.ts'
import { Container, type ContainerId, type ContainerSpec } from './container.ts'
import { ContainerPaths } from './paths.ts'
import { StatsFeed } from './stats-feed.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function stopped(): Container {
  const spec: ContainerSpec = {
    id: 'abc' as ContainerId,
    name: 'x',
    createdAt: '',
    imageId: '',
    path: '',
    args: [],
    config: {},
    hostConfig: {},
    networks: {},
    mounts: [],
    restartCount: 0,
    hasBeenStoppedByHand: false,
  }
  return new Container(spec, { status: 'created' })
}

it('samples once a second for all who watch, and not at all when nobody does', async () => {
  const feed = new StatsFeed({ paths: new ContainerPaths('/nowhere', '/engineroom/test'), log: new Log('error') })
  const container = stopped()
  const first = vi.fn()
  const second = vi.fn()
  const leaveFirst = feed.subscribe(container, first)
  await vi.advanceTimersByTimeAsync(0)
  expect(first).toHaveBeenCalledTimes(1)
  const leaveSecond = feed.subscribe(container, second)
  expect(second).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(2000)
  expect([first, second].map((listener) => listener.mock.calls.length)).toEqual([3, 3])
  leaveFirst()
  await vi.advanceTimersByTimeAsync(1000)
  expect([first, second].map((listener) => listener.mock.calls.length)).toEqual([3, 4])
  leaveSecond()
  expect(vi.getTimerCount()).toBe(0)
})

it('starts no timer for somebody who left before the first sample', async () => {
  const feed = new StatsFeed({ paths: new ContainerPaths('/nowhere', '/engineroom/test'), log: new Log('error') })
  const leave = feed.subscribe(stopped(), () => undefined)
  leave()
  await vi.advanceTimersByTimeAsync(5000)
  expect(vi.getTimerCount()).toBe(0)
})
