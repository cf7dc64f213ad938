import { describe, expect, test } from 'vitest'
import { parseContainerDetails } from '../api/container-details.ts'
import type { EngineEvent } from '../api/types.ts'
import { exitWords, signalName, timeline, whatHappened } from './ending-words.ts'

function event(action: string, attributes: Record<string, string> = {}): EngineEvent {
  return { atMs: 0, type: 'container', action, id: 'c1', attributes }
}

const die = (exitCode: number) => event('die', { exitCode: String(exitCode), execDuration: '3' })
const details = (state: object, more: object = {}, policy: object = { Name: 'no' }) =>
  parseContainerDetails({ State: state, HostConfig: { RestartPolicy: policy, Memory: 64_000_000 }, ...more })

describe('why a container restarted, or does not run', () => {
  test.each([
    ['nothing happened', details({ Status: 'running' }), [event('start')], ''],
    ['it was never started', details({ Status: 'created' }), [], ''],
    ['a start failed', details({ Status: 'created', Error: 'no such file' }), [], 'It could not be started: no such file'],
    [
      'it comes back again and again',
      details({ Status: 'restarting', ExitCode: 3 }, { RestartCount: 7 }, { Name: 'always' }),
      [event('start'), die(3)],
      'It ended with exit code 3. Its restart policy (always) starts it again after a pause that grows; so far 7 times.',
    ],
    [
      'it came back',
      details({ Status: 'running' }, { RestartCount: 1 }, { Name: 'on-failure', MaximumRetryCount: 5 }),
      [event('start'), die(1), event('start')],
      'It ended with exit code 1. Its restart policy (on-failure, at most 5 times) started it again; so far 1 time.',
    ],
    [
      'it came back, and nobody remembers why',
      details({ Status: 'running' }, { RestartCount: 2 }, { Name: 'always' }),
      [],
      'Its restart policy (always) has started it again 2 times.',
    ],
    [
      'somebody restarted it',
      details({ Status: 'running' }),
      [event('start'), event('kill', { signal: '15' }), die(143), event('stop'), event('start'), event('restart')],
      'It was restarted because somebody asked for it.',
    ],
    [
      'somebody stopped it',
      details({ Status: 'exited', ExitCode: 137 }, {}, { Name: 'always' }),
      [event('start'), event('kill', { signal: '15' }), event('kill', { signal: '9' }), die(137), event('stop')],
      'It was stopped because somebody asked for it.',
    ],
    [
      'it had no memory',
      details({ Status: 'exited', ExitCode: 137, OOMKilled: true }),
      [event('start'), event('oom'), die(137)],
      'It ended because it wanted more memory than it may have (64.0 MB), and the kernel killed it. It has no restart policy, so it stays as it is.',
    ],
    [
      'it was tried often enough',
      details({ Status: 'exited', ExitCode: 1 }, { RestartCount: 2 }, { Name: 'on-failure', MaximumRetryCount: 2 }),
      [die(1)],
      'It ended with exit code 1. It was started again 2 times, as often as it may be.',
    ],
    ['it is done', details({ Status: 'exited', ExitCode: 0 }), [], 'It ended by itself, with success. It has no restart policy, so it stays as it is.'],
  ])('%s', (_, state, events, words) => expect(whatHappened(state, events)).toBe(words))
})

test.each([
  [127, 'its command was not found'],
  [139, 'SIGSEGV'],
  [130, 'by SIGINT'],
  [42, 'with exit code 42'],
])('exit code %d', (code, words) => expect(exitWords(code)).toContain(words))

test('signals have names', () => expect(['9', 'SIGHUP', '64'].map(signalName)).toEqual(['SIGKILL', 'SIGHUP', 'signal 64']))

test('the timeline tells what happened to it, and nothing of who looked', () => {
  const entries = timeline([event('create', { image: 'busybox' }), event('top'), event('exec_create: sh -c "a: b"'), event('health_status: unhealthy'), die(2)])
  expect(entries.map(({ words, tone }) => [words, tone])).toEqual([
    ['Created from busybox', 'stop'],
    ['Runs in it: sh -c "a: b"', 'stop'],
    ['Health: unhealthy', 'fail'],
    ['Ended with exit code 2, after 3 s', 'fail'],
  ])
})
