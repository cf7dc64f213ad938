import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EventBus } from '../events/bus.ts'
import type { Healthcheck } from './config.ts'
import { Container, type ContainerId } from './container.ts'
import { type Health, HealthMonitors, type HealthRecords, type ProbeOutcome } from './health.ts'

const SECOND = 1_000_000_000

function container(check: Healthcheck | undefined, shell?: string[]): Container {
  const spec = {
    id: 'c'.repeat(64) as ContainerId,
    name: 'web',
    createdAt: '',
    imageId: '',
    path: 'sh',
    args: [],
    config: { Healthcheck: check, Shell: shell },
    hostConfig: {},
    networks: {},
    mounts: [],
    restartCount: 0,
    hasBeenStoppedByHand: false,
  }
  return new Container(spec, { status: 'running', pid: 1, startedAt: new Date().toISOString() })
}

let events: EventBus
let outcome: ProbeOutcome | Error
let commands: (readonly string[])[]
let monitors: HealthMonitors
const kept = new Map<string, string>()
const records: HealthRecords = {
  load: (id) => ((text) => (text === undefined ? undefined : (JSON.parse(text) as Health)))(kept.get(id)),
  save: (id, health) => void kept.set(id, JSON.stringify(health)),
}

function newMonitors(): HealthMonitors {
  const probe = async (_: Container, command: readonly string[]) => {
    commands.push(command)
    if (outcome instanceof Error) throw outcome
    return outcome
  }
  return new HealthMonitors(events, probe, records)
}

beforeEach(() => {
  vi.useFakeTimers()
  events = new EventBus()
  commands = []
  outcome = { exitCode: 0, output: 'fine' }
  kept.clear()
  monitors = newMonitors()
})
afterEach(() => {
  monitors.stopAll()
  vi.useRealTimers()
})

const check: Healthcheck = { Test: ['CMD', 'probe'], Interval: 10 * SECOND, Retries: 2 }
const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000)
const told = () => events.history(0n).map(({ action }) => action)

describe('a healthcheck', () => {
  it('begins as starting and is healthy after the first probe, an interval later', async () => {
    const one = container(check)
    monitors.start(one)
    await seconds(9)
    expect([monitors.of(one)?.status, commands.length]).toEqual(['starting', 0])
    await seconds(1)
    expect(monitors.of(one)?.status).toBe('healthy')
    expect(told()).toEqual(['health_status: healthy'])
  })

  it('is unhealthy after so many failures in a row, and tells it once', async () => {
    const one = container(check)
    outcome = { exitCode: 1, output: 'no' }
    monitors.start(one)
    await seconds(10)
    expect(monitors.of(one)).toMatchObject({ status: 'starting', failingStreak: 1 })
    await seconds(10)
    expect(monitors.of(one)).toMatchObject({ status: 'unhealthy', failingStreak: 2 })
    await seconds(10)
    expect(told()).toEqual(['health_status: unhealthy'])
    outcome = { exitCode: 0, output: '' }
    await seconds(10)
    expect(monitors.of(one)).toMatchObject({ status: 'healthy', failingStreak: 0 })
  })

  it('probes more often, and forgives, in the start period', async () => {
    const one = container({ ...check, StartPeriod: 60 * SECOND, StartInterval: SECOND, Retries: 1 })
    outcome = { exitCode: 1, output: '' }
    monitors.start(one)
    await seconds(30)
    expect(commands).toHaveLength(30)
    expect(monitors.of(one)).toMatchObject({ status: 'starting', failingStreak: 0 })
    await seconds(40)
    expect(monitors.of(one)?.status).toBe('unhealthy')
  })

  it('a probe that cannot be run counts as a failure', async () => {
    const one = container({ ...check, Retries: 1 })
    outcome = new Error('no such file')
    monitors.start(one)
    await seconds(10)
    expect(monitors.of(one)).toMatchObject({ status: 'unhealthy', log: [{ ExitCode: -1, Output: 'no such file' }] })
  })

  it('keeps the last five results, oldest first', async () => {
    const one = container(check)
    monitors.start(one)
    for (let i = 0; i < 7; i++) {
      outcome = { exitCode: 0, output: `${i}` }
      await seconds(10)
    }
    expect(monitors.of(one)?.log.map(({ Output }) => Output)).toEqual(['2', '3', '4', '5', '6'])
  })

  it('stops when the container stops, which is then unhealthy', async () => {
    const one = container(check)
    monitors.start(one)
    await seconds(10)
    monitors.stop(one)
    await seconds(100)
    expect([monitors.of(one)?.status, commands.length]).toEqual(['unhealthy', 1])
  })

  it('of a container that runs again begins anew, with its log', async () => {
    const one = container(check)
    monitors.start(one)
    await seconds(10)
    monitors.stop(one)
    monitors.start(one)
    expect(monitors.of(one)).toMatchObject({ status: 'starting', failingStreak: 0, log: [{ Output: 'fine' }] })
  })

  it('is gone with its container', async () => {
    const one = container(check)
    monitors.start(one)
    monitors.forget(one)
    await seconds(100)
    expect([monitors.of(one), commands]).toEqual([undefined, []])
  })

  it('takes thirty seconds where nothing is said', async () => {
    const one = container({ Test: ['CMD', 'probe'] })
    monitors.start(one)
    await seconds(29)
    expect(commands).toHaveLength(0)
    await seconds(1)
    expect(commands).toHaveLength(1)
  })

  it.each([
    [['CMD', 'a', 'b'], undefined, ['a', 'b']],
    [['CMD-SHELL', 'a | b'], undefined, ['/bin/sh', '-c', 'a | b']],
    [
      ['CMD-SHELL', 'a | b'],
      ['/bin/bash', '-ec'],
      ['/bin/bash', '-ec', 'a | b'],
    ],
  ])('%j with the shell %j runs %j', async (Test, shell, command) => {
    monitors.start(container({ ...check, Test }, shell))
    await seconds(10)
    expect(commands).toEqual([command])
  })
})

describe('no healthcheck', () => {
  it.each([[undefined], [{}], [{ Test: [] }], [{ Test: ['NONE'] }]])('%j', async (none) => {
    const one = container(none)
    monitors.start(one)
    await seconds(100)
    expect([monitors.of(one), commands]).toEqual([undefined, []])
  })
})

describe('after a restart of the daemon', () => {
  it('what was known still holds, with its results, until a probe says otherwise', async () => {
    const one = container(check)
    monitors.start(one)
    await seconds(10)
    monitors.stopAll()
    monitors = newMonitors()
    monitors.takeOver(one)
    expect(monitors.of(one)).toMatchObject({ status: 'healthy', log: [{ Output: 'fine' }] })
    outcome = { exitCode: 1, output: 'worse' }
    await seconds(20)
    expect(monitors.of(one)).toMatchObject({ status: 'unhealthy', failingStreak: 2, log: [{ Output: 'fine' }, { Output: 'worse' }, { Output: 'worse' }] })
  })

  it('the start period goes on from the start of the container', async () => {
    const one = container({ ...check, StartPeriod: 30 * SECOND, StartInterval: 5 * SECOND })
    outcome = { exitCode: 1, output: '' }
    monitors.start(one)
    await seconds(12)
    monitors.stopAll()
    monitors = newMonitors()
    monitors.takeOver(one)
    await seconds(14)
    expect(monitors.of(one)).toMatchObject({ status: 'starting', failingStreak: 0 })
    await seconds(20)
    expect(monitors.of(one)).toMatchObject({ status: 'unhealthy' })
  })

  it('nobody that does not run is healthy', async () => {
    const one = container(check)
    monitors.start(one)
    await seconds(10)
    one.state = { status: 'exited', exitCode: 0, oomKilled: false }
    monitors = newMonitors()
    monitors.takeOver(one)
    expect(monitors.of(one)?.status).toBe('unhealthy')
  })

  it('of one without a check, nothing is known', () => {
    const one = container(undefined)
    monitors.takeOver(one)
    expect(monitors.of(one)).toBeUndefined()
  })
})

it('a check of an unknown kind is none', () => {
  const one = container({ Test: ['PING', 'x'] })
  monitors.start(one)
  expect(monitors.of(one)).toBeUndefined()
})
