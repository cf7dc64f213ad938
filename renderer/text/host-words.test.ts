import { describe, expect, test } from 'vitest'
import { hostTitle, stageTime } from './host-words.ts'

describe('an engine that is not there', () => {
  const stage = { name: 'vm', title: 'Power on', state: 'failed', detail: '' } as const
  test.each([
    [undefined, false, 'The engine does not answer'],
    [{ kind: 'native', state: 'stopped', detail: '', stages: [] }, true, 'The engine is starting'],
    [{ kind: 'context', context: { name: 'far', host: 'ssh://far' }, state: 'starting', detail: '', stages: [] }, false, 'Connecting to far'],
    [{ kind: 'context', context: { name: 'far', host: 'ssh://far' }, state: 'failed', detail: '', stages: [] }, false, 'far does not answer'],
    [{ kind: 'vm', state: 'stopped', detail: '', stages: [] }, false, 'The virtual machine is off'],
    [{ kind: 'vm', state: 'stopped', detail: '', stages: [] }, true, 'The virtual machine is starting'],
    [{ kind: 'vm', state: 'starting', detail: 'It went off.', stages: [] }, false, 'The virtual machine is being started again'],
    [{ kind: 'vm', state: 'failed', detail: '', stages: [stage] }, false, 'The virtual machine did not start'],
    [{ kind: 'vm', state: 'failed', detail: '', stages: [] }, false, 'The virtual machine has failed'],
    [{ kind: 'vm', state: 'stopping', detail: '', stages: [] }, false, 'The virtual machine is shutting down'],
    [{ kind: 'vm', state: 'running', detail: '', stages: [] }, false, 'The engine in the virtual machine does not answer'],
  ] as const)('%j, asked to start: %s', (host, isStarting, title) => expect(hostTitle(host, isStarting)).toBe(title))
})

test.each([
  [{ state: 'waiting' }, ''],
  [{ state: 'running', startedAtMs: 1_000 }, '12 s'],
  [{ state: 'running', startedAtMs: 99_000 }, '0 s'],
  [{ state: 'done', startedAtMs: 0, tookMs: 1_940 }, '1.9 s'],
  [{ state: 'failed', startedAtMs: 0, tookMs: 125_000 }, '2 min 5 s'],
] as const)('a stage %j took %s', (stage, text) => expect(stageTime(stage, 13_000)).toBe(text))
