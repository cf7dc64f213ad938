import { beforeEach, describe, expect, test } from 'vitest'
import { someStatus } from '../testing/some-status.ts'
import { CALL_NAMES, type CallName, channelOf } from './channels.ts'
import type { Calls, Outcome } from './contract.ts'
import { serveCalls } from './serve.ts'

const PLACE = { id: 'a'.repeat(64), isExec: false, rows: 24, columns: 80 }
const OWN = 'our own page'
const CHOSEN = {
  staysInTray: false,
  opensAtLogin: false,
  tellsCrashes: true,
  tellsLoops: true,
  tellsDisk: true,
  hasSeenFirstRun: true,
  language: 'en',
  updates: 'off',
  updateFeed: '',
} as const

const UPDATES = { installedVersion: '0.1.0', state: 'off' } as const

let seen: [CallName, unknown][]
let listeners: Map<string, (event: string, argument: unknown) => Promise<unknown>>

beforeEach(() => {
  seen = []
  listeners = new Map()
  const note = async (name: CallName, argument: unknown) => {
    seen.push([name, argument])
    return {}
  }
  const status = someStatus({ state: 'running' })
  const handlers: Calls = {
    'terminal.open': async (argument) => {
      await note('terminal.open', argument)
      return { terminalId: 't' }
    },
    'terminal.write': (argument) => note('terminal.write', argument),
    'terminal.take': (argument) => note('terminal.take', argument),
    'terminal.close': (argument) => note('terminal.close', argument),
    'host.status': async () => status,
    'host.start': async () => {
      throw new Error('no more disk')
    },
    'host.stop': async () => status,
    'host.choose': async (argument) => {
      await note('host.choose', argument)
      return status
    },
    'host.contexts': async () => [],
    'host.ask': async () => ({ absence: '', remedy: '' }),
    'host.usage': async () => ({ cpus: 1, memory: { sizeBytes: 1 }, disk: { path: '/d', sizeBytes: 1 }, name: 'default' }),
    'host.reset': async (argument) => {
      await note('host.reset', argument)
      return status
    },
    'host.machine': async () => ({ cpus: 1, memoryBytes: 1, diskBytes: 1, shares: [], canShare: true, growsWhileOn: true, most: { cpus: 1, memoryBytes: 1 } }),
    'host.changeMachine': async (argument) => {
      await note('host.changeMachine', argument)
      return status
    },
    'host.compact': async () => status,
    'host.dismissWork': async (argument) => {
      await note('host.dismissWork', argument)
      return status
    },
    'host.checks': async () => [],
    'commandLine.look': async () => [],
    'commandLine.change': async (argument) => {
      await note('commandLine.change', argument)
      return []
    },
    'registry.logins': async () => [],
    'registry.login': (argument) => note('registry.login', argument),
    'registry.logout': (argument) => note('registry.logout', argument),
    'registry.browse': async () => [],
    'app.settings': async () => CHOSEN,
    'app.change': async (argument) => {
      await note('app.change', argument)
      return CHOSEN
    },
    'updates.status': async () => UPDATES,
    'updates.look': async () => UPDATES,
    'updates.fetch': async () => UPDATES,
    'updates.install': async () => UPDATES,
    'firstRun.image': async () => ({ name: 'busybox' }),
    'app.spending': async () => ({ launchedAtMs: 0, processCount: 3, cpuPercent: 0, memoryBytes: 1 }),
    'shell.openExternal': (argument) => note('shell.openExternal', argument),
  }
  serveCalls({ handle: (channel, listener) => listeners.set(channel, listener) }, (event) => event === OWN, handlers)
})

async function call(name: CallName, argument: unknown, from = OWN): Promise<Outcome<unknown>> {
  return (await listeners.get(channelOf(name))?.(from, argument)) as Outcome<unknown>
}

test('serves every call of the contract and nothing else', () => {
  expect([...listeners.keys()].sort()).toEqual(CALL_NAMES.map(channelOf).sort())
})

test('a good call reaches its handler and brings its reply', async () => {
  expect(await call('terminal.open', PLACE)).toEqual({ ok: true, value: { terminalId: 't' } })
  expect(seen).toEqual([['terminal.open', PLACE]])
})

test('an error crosses as its message', async () => {
  expect(await call('host.start', {})).toEqual({ ok: false, message: 'no more disk' })
})

test.each(CALL_NAMES)('%s is refused to any other page', async (name) => {
  expect(await call(name, {}, 'a foreign frame')).toEqual({ ok: false, message: `${name} is not for this page.` })
  expect(seen).toEqual([])
})

describe('what is not as agreed never reaches a handler', () => {
  test.each<[CallName, unknown]>([
    ['terminal.open', undefined],
    ['terminal.open', {}],
    ['terminal.open', { ...PLACE, id: '../../containers/x' }],
    ['terminal.open', { ...PLACE, more: 1 }],
    ['terminal.write', { terminalId: 't', data: 'text' }],
    ['terminal.write', { terminalId: 't', data: [1, 2] }],
    ['terminal.write', { terminalId: 't', data: null }],
    ['terminal.write', { terminalId: 't', data: new Uint8Array(1024 * 1024 + 1) }],
    ['terminal.write', { terminalId: '', data: new Uint8Array(1) }],
    ['terminal.take', { terminalId: 't', bytes: -1 }],
    ['terminal.take', { terminalId: 't', bytes: 1.5 }],
    ['terminal.close', { terminalId: 7 }],
    ['host.status', { state: 'running' }],
    ['host.start', null],
    ['host.stop', null],
    ['host.choose', {}],
    ['host.choose', { kind: 'remote' }],
    ['host.dismissWork', { id: 'all' }],
    ['host.changeMachine', { cpus: 0 }],
    ['host.changeMachine', { shares: [''] }],
    ['host.changeMachine', { assets: '/tmp/other' }],
    ['app.change', { opensAtLogin: 'yes' }],
    ['app.change', { engineHost: 'vm' }],
    ['app.change', { updates: 'always' }],
    ['updates.fetch', { version: '0.0.1' }],
    ['firstRun.image', { name: '/etc/passwd' }],
    ['commandLine.change', { id: 'context' }],
    ['commandLine.change', { id: '../socket', deed: 'undo' }],
    ['commandLine.change', { id: 'socket', deed: 'undo', path: '/etc/passwd' }],
    ['shell.openExternal', { url: 'file:///etc/passwd' }],
    ['shell.openExternal', { url: 'javascript:alert(1)' }],
    ['shell.openExternal', { url: 'https://a'.padEnd(5000, 'a') }],
  ])('%s %j', async (name, argument) => {
    expect(await call(name, argument)).toEqual({ ok: false, message: expect.stringContaining(`${name}: the argument`) })
    expect(seen).toEqual([])
  })
})

test('the message names the part that is wrong', async () => {
  expect(await call('terminal.write', { terminalId: 't', data: 'text' })).toEqual({
    ok: false,
    message: 'terminal.write: the argument.data must be a Uint8Array of at most 1048576 bytes',
  })
})
