import { describe, expect, test } from 'vitest'
import type { ConfigFile } from './config-keys.ts'
import { lockOf, overruledKeys, refuseLockedFlags, withManaged } from './managed-settings.ts'

const managed = (locked: ConfigFile, defaults: ConfigFile = {}) => ({ path: '/etc/managed.json', defaults, locked })

describe('what counts', () => {
  test.each<[string, ConfigFile, ConfigFile, ConfigFile, ConfigFile]>([
    ['a default counts where nobody has chosen', {}, { dns: ['10.0.0.1'] }, {}, { dns: ['10.0.0.1'] }],
    ['a choice counts before a default', { dns: ['10.0.0.2'] }, { dns: ['10.0.0.1'] }, {}, { dns: ['10.0.0.2'] }],
    ['a lock counts before all', { debug: true }, { debug: true }, { debug: false }, { debug: false }],
    ['under an old name, too', { graph: '/mine' }, {}, { 'data-root': '/theirs' }, { 'data-root': '/theirs' }],
    ['a choice under an old name counts before a default', { graph: '/mine' }, { 'data-root': '/theirs' }, {}, { graph: '/mine' }],
    [
      'of an object each key by itself',
      { proxies: { 'http-proxy': 'http://mine', 'no-proxy': 'mine' } },
      { 'log-opts': { 'max-size': '10m' } },
      { proxies: { 'http-proxy': 'http://theirs' } },
      { proxies: { 'http-proxy': 'http://theirs', 'no-proxy': 'mine' }, 'log-opts': { 'max-size': '10m' } },
    ],
  ])('%s', (_, own, defaults, locked, expected) => {
    expect(withManaged(own, managed(locked, defaults))).toEqual(expected)
  })

  test('without an administrator, what a person says', () => {
    expect(withManaged({ debug: true }, undefined)).toEqual({ debug: true })
  })
})

test('flags that say otherwise are refused, all of them by name; one that says the same is not', () => {
  const locks = managed({ 'log-level': 'warn', icc: false, 'data-root': '/theirs', dns: ['10.0.0.1', '10.0.0.2'] })
  expect(() => refuseLockedFlags({ logLevel: 'warn', icc: 'false', dns: ['10.0.0.1', '10.0.0.2'] }, locks)).not.toThrow()
  expect(() => refuseLockedFlags({ logLevel: 'debug', icc: 'false', graph: '/mine' }, locks)).toThrow(
    'the following flags say otherwise than the administrator of this computer, in /etc/managed.json: log-level: (from flag: debug, locked: warn), data-root: (from flag: /mine, locked: /theirs)',
  )
})

test('what of daemon.json does not count is told, and what cannot be changed says why', () => {
  const locks = managed({ 'log-level': 'warn', proxies: { 'http-proxy': 'http://theirs' }, 'data-root': '/theirs' })
  expect(overruledKeys({ 'log-level': 'debug', proxies: { 'http-proxy': 'http://mine', 'no-proxy': 'x' }, graph: '/mine', labels: [] }, locks)).toEqual([
    'log-level',
    'proxies.http-proxy',
    'graph',
  ])
  expect(overruledKeys({ 'log-level': 'warn' }, locks)).toEqual([])
  expect(lockOf(locks, 'proxies.http-proxy')).toBe('proxies.http-proxy is set by the administrator of this computer, in /etc/managed.json')
  expect(lockOf(locks, 'proxies.no-proxy')).toBeUndefined()
})
