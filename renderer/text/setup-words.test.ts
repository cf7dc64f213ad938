import { expect, test } from 'vitest'
import { parseContainerDetails } from '../api/container-details.ts'
import { isSecret, limitsWords, mountWords, policyText } from './setup-words.ts'

test.each([
  ['POSTGRES_PASSWORD', true],
  ['GITHUB_TOKEN', true],
  ['apikey', true],
  ['PATH', false],
  ['KEYBOARD', false],
])('the variable %s is secret: %s', (name, expected) => expect(isSecret(name)).toBe(expected))

test('what it was made with, in words', () => {
  const details = parseContainerDetails({
    Path: 'sleep',
    Args: ['9'],
    RestartCount: 2,
    Config: { Env: ['A=b=c', 'EMPTY=', 'BARE'] },
    HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 }, Memory: 64_000_000, NanoCpus: 1_500_000_000 },
    Mounts: [
      { Type: 'volume', Name: 'data', Source: '/x/data/_data', Destination: '/data', RW: true },
      { Type: 'bind', Source: '/etc', Destination: '/host', RW: false },
    ],
  })
  expect(details.command).toEqual(['sleep', '9'])
  expect(details.env).toEqual([
    { name: 'A', value: 'b=c' },
    { name: 'EMPTY', value: '' },
    { name: 'BARE', value: '' },
  ])
  expect(details.mounts.map(mountWords)).toEqual(['volume', 'folder of the engine’s machine, read only'])
  expect(details.mounts[0]?.source).toBe('data')
  expect(policyText(details)).toBe('after a failure, at most 3 times; so far 2 times')
  expect(limitsWords(details)).toBe('64.0 MB of memory, 1.5 cores')
  expect(limitsWords(parseContainerDetails({}))).toBe('none')
})
