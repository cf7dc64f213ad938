import { describe, expect, test } from 'vitest'
import { type Failure, transition, type VmEvent, type VmState } from './vm-state.ts'

const failure: Failure = { stage: 'kernel', cause: 'it panicked', remedy: 'try again', lastLines: [] }
const states: readonly VmState[] = [
  { status: 'stopped' },
  { status: 'starting', attempt: 2 },
  { status: 'running', since: 'now', attempt: 2 },
  { status: 'stopping' },
  { status: 'waiting', attempt: 2, failure },
  { status: 'failed', failure },
]
const events: readonly VmEvent[] = [
  { type: 'start' },
  { type: 'booted', at: 'now' },
  { type: 'crashed', failure, isStable: false, triesAgain: true },
  { type: 'stop' },
  { type: 'off' },
]

/** What follows, by state and event; what is not here is refused. */
const TABLE: Readonly<Record<string, VmState>> = {
  'stopped start': { status: 'starting', attempt: 1 },
  'failed start': { status: 'starting', attempt: 1 },
  'waiting start': { status: 'starting', attempt: 3 },
  'starting booted': { status: 'running', since: 'now', attempt: 2 },
  'starting crashed': { status: 'waiting', attempt: 2, failure },
  'running crashed': { status: 'waiting', attempt: 2, failure },
  'starting stop': { status: 'stopping' },
  'running stop': { status: 'stopping' },
  'waiting stop': { status: 'stopping' },
  'stopping off': { status: 'stopped' },
}

describe.each(states)('a VM that is $status', (state) => {
  test.each(events)('and $type', (event) => {
    const expected = TABLE[`${state.status} ${event.type}`]
    if (expected) expect(transition(state, event)).toEqual(expected)
    else expect(() => transition(state, event)).toThrow(`a VM that is ${state.status} cannot take "${event.type}"`)
  })
})

test('a crash that is one too many is the end', () => {
  expect(transition({ status: 'running', since: 'now', attempt: 4 }, { type: 'crashed', failure, isStable: false, triesAgain: false })).toEqual({
    status: 'failed',
    failure,
  })
})

test('who ran for long begins to count anew', () => {
  const waiting = transition({ status: 'running', since: 'now', attempt: 3 }, { type: 'crashed', failure, isStable: true, triesAgain: true })
  expect(waiting).toEqual({ status: 'waiting', attempt: 1, failure })
})
