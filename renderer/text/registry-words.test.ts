import { expect, test } from 'vitest'
import { HUB_SERVER } from '../api/registries.ts'
import { hostOfAddress, registryRows } from './registry-words.ts'

const on = { isOn: true, address: '127.0.0.1:5000', failure: '' }
const hub = { server: HUB_SERVER, username: 'me', helper: '' }

test('the own registry is there while it runs', () => {
  expect(registryRows(on, [hub]).map(({ host, note }) => [host, note])).toEqual([
    ['localhost:5000', 'the engine’s own'],
    ['docker.io', 'me, kept in config.json'],
  ])
  expect(registryRows({ ...on, isOn: false }, [])).toEqual([])
  expect(registryRows({ ...on, failure: 'address already in use' }, [])).toEqual([])
})

test('one that somebody is logged in to is there once', () => {
  expect(registryRows(on, [{ server: 'localhost:5000', username: 'me', helper: 'pass' }]).map(({ note }) => note)).toEqual([
    'me, kept by docker-credential-pass',
  ])
})

test.each([
  ['127.0.0.1:5000', 'localhost:5000'],
  [':5001', 'localhost:5001'],
  ['10.0.0.1:5000', '10.0.0.1:5000'],
])('%s is called %s', (address, host) => expect(hostOfAddress(address)).toBe(host))
