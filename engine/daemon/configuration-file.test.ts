import { describe, expect, it } from 'vitest'
import { planFile } from './configuration-file.ts'
import { keyLines } from './key-lines.ts'

const plan = (text: string, before = {}, more: Partial<Parameters<typeof planFile>[0]> = {}) =>
  planFile({ text, before, flags: {}, managed: undefined, ...more })

describe('a whole daemon.json before it is one', () => {
  it('that is no JSON has its fault on the line', () => {
    expect(plan('{\n  "debug": true,\n  "dns": [}\n}').faults).toMatchObject([{ line: 3 }])
    expect(plan('{\n  "debug": true').faults).toMatchObject([{ line: 2 }])
    expect(plan('[]').faults).toEqual([{ message: 'daemon.json has to be a JSON object', line: 1 }])
  })

  it('has each fault at its key and line, in the words of a start', () => {
    const text = '{\n  "labels": "x=y",\n  "log-opts": { "mtu": "1" },\n  "no-such": 1,\n  "mtu": 1400,\n  "log-level": "loud",\n  "dns": ["ten"]\n}'
    expect(plan(text).faults.map(({ key, line, message }) => [line, key, message])).toEqual([
      [2, 'labels', expect.stringContaining('cannot unmarshal string')],
      [4, 'no-such', "the following directives don't match any configuration option: no-such"],
      [6, 'log-level', expect.stringContaining('invalid logging level: loud')],
      [7, 'dns', 'dns: "ten" should be an IP address'],
    ])
  })

  it('says what a running engine takes over, and what waits for a restart', () => {
    expect(plan('{"debug":true,"proxies":{"no-proxy":"a.example"},"bip":"10.9.0.1/24","mtu":1500}', { mtu: 1500, labels: ['a=b'] }).changes).toEqual([
      { key: 'labels', applies: 'at-once' },
      { key: 'debug', applies: 'at-once' },
      { key: 'proxies', applies: 'at-once' },
      { key: 'bip', applies: 'at-restart' },
    ])
  })

  it('that a flag says too, or that an administrator has locked, is refused', () => {
    expect(plan('{"debug":true}', {}, { flags: { debug: true } }).faults).toMatchObject([
      { key: 'debug', line: 1, message: expect.stringContaining('both as a flag') },
    ])
    const managed = { path: '/etc/m.json', defaults: {}, locked: { mtu: 1400 } }
    expect(plan('{"mtu":1500}', {}, { managed }).faults).toEqual([{ message: 'mtu is set by the administrator of this computer, in /etc/m.json' }])
    expect(plan('{"mtu":1500}', { mtu: 1500 }, { managed }).faults).toEqual([])
  })

  it('warns of what it opens, and of data that are left behind', () => {
    expect(plan('{"hosts":["tcp://0.0.0.0:2375"]}').warnings).toMatchObject([
      expect.stringContaining('at these addresses only'),
      expect.stringContaining('root on this machine'),
    ])
    expect(plan('{"hosts":["tcp://0.0.0.0:2376"],"tlsverify":true}').warnings).toHaveLength(1)
    expect(plan('{"data-root":"/elsewhere"}').warnings).toHaveLength(1)
    expect(plan('{"debug":true}').warnings).toEqual([])
  })
})

it('keys stand on their lines, whatever is in texts and objects', () => {
  expect([...keyLines('{ "a": "{\\"x\\": [",\n"b": {\n "c": 1 },\n\n"d\\u0065":[{"e":2}]}')]).toEqual([
    ['a', 1],
    ['b', 2],
    ['de', 5],
  ])
})
