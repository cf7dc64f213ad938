import { describe, expect, it } from 'vitest'
import { type ContainerEvent, type ContainerState, exitCodeOf, isRunning, transition } from './state.ts'

const AT = '2026-11-24T10:00:00.000Z'
const LATER = '2026-11-24T10:00:05.000Z'
const failure = { exitCode: 127, message: 'executable file not found in $PATH' }
const ended = { exitCode: 3, oomKilled: false, startedAt: AT, finishedAt: LATER }

const STATES = {
  created: { status: 'created' },
  running: { status: 'running', pid: 7, startedAt: AT },
  paused: { status: 'paused', pid: 7, startedAt: AT },
  restarting: { status: 'restarting', ...ended },
  exited: { status: 'exited', ...ended },
  removing: { status: 'removing', removesVolumes: false, ...ended },
  dead: { status: 'dead', ...ended },
} satisfies Record<string, ContainerState>

const EVENTS = {
  started: { type: 'started', pid: 8, at: LATER },
  'start-failed': { type: 'start-failed', failure },
  paused: { type: 'paused' },
  resumed: { type: 'resumed' },
  exited: { type: 'exited', exitCode: 1, oomKilled: false, at: LATER, willRestart: false },
  'restart-cancelled': { type: 'restart-cancelled' },
  'removal-started': { type: 'removal-started', removesVolumes: true },
  'removal-failed': { type: 'removal-failed' },
} satisfies Record<string, ContainerEvent>

type StatusName = keyof typeof STATES
type EventName = keyof typeof EVENTS

/** Every legal step; each pair that is not here must be refused. */
const LEGAL: Partial<Record<`${StatusName} ${EventName}`, StatusName>> = {
  'created started': 'running',
  'created start-failed': 'created',
  'created removal-started': 'removing',
  'running paused': 'paused',
  'running exited': 'exited',
  'paused resumed': 'running',
  'paused exited': 'exited',
  'restarting started': 'running',
  'restarting start-failed': 'exited',
  'restarting restart-cancelled': 'exited',
  'restarting removal-started': 'removing',
  'exited started': 'running',
  'exited start-failed': 'exited',
  'exited removal-started': 'removing',
  'removing removal-started': 'removing',
  'removing removal-failed': 'dead',
  'dead removal-started': 'removing',
}

const pairs = (Object.keys(STATES) as StatusName[]).flatMap((status) => (Object.keys(EVENTS) as EventName[]).map((event) => [status, event] as const))

describe('transition', () => {
  it.each(pairs)('%s, then %s', (status, event) => {
    const next = LEGAL[`${status} ${event}`]
    if (next) expect(transition(STATES[status], EVENTS[event]).status).toBe(next)
    else expect(() => transition(STATES[status], EVENTS[event])).toThrow(expect.objectContaining({ kind: 'conflict' }))
  })

  it('an exit keeps when the run began, and says when it ended and how', () => {
    const exit: ContainerEvent = { type: 'exited', exitCode: 137, oomKilled: true, at: LATER, willRestart: true }
    expect(transition(STATES.running, exit)).toEqual({ status: 'restarting', exitCode: 137, oomKilled: true, startedAt: AT, finishedAt: LATER })
  })

  it('a start forgets the run before, but for when it ended', () => {
    expect(transition(STATES.exited, EVENTS.started)).toEqual({ status: 'running', pid: 8, startedAt: LATER, lastFinishedAt: LATER })
  })

  it('a failed start of a stopped container keeps the times of its last run', () => {
    expect(transition(STATES.exited, EVENTS['start-failed'])).toEqual({ status: 'exited', ...ended, exitCode: 127, failure })
  })

  it('a container that never ran has no times when it goes', () => {
    const failed = transition(STATES.created, EVENTS['start-failed'])
    expect(transition(failed, EVENTS['removal-started'])).toEqual({ status: 'removing', removesVolumes: true, exitCode: 127, oomKilled: false, failure })
  })
})

describe('what docker calls running', () => {
  it.each([
    ['created', false],
    ['running', true],
    ['paused', true],
    ['restarting', true],
    ['exited', false],
    ['removing', false],
    ['dead', false],
  ] as const)('%s: %s', (status, expected) => expect(isRunning(STATES[status])).toBe(expected))
})

describe('the exit code that is shown', () => {
  it('is the last one of a container that ended', () => expect(exitCodeOf(STATES.exited)).toBe(3))
  it('is zero while it runs', () => expect(exitCodeOf(STATES.paused)).toBe(0))
  it('is that of the failed start when it never ran', () => expect(exitCodeOf({ status: 'created', failure })).toBe(127))
})
