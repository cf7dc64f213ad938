import { describe, expect, it } from 'vitest'
import { extendedHostsFile, hostsFile, resolvConf, withHostNames } from './text-files.ts'

describe('hostsFile', () => {
  it('has the loopback, what was added, and the container itself', () => {
    const text = hostsFile(
      [{ address: '172.17.0.2', names: ['box.example', 'box'] }],
      ['db:10.0.0.1', 'six=[2001:db8::1]', 'here:host-gateway'],
      ['172.17.0.1', 'fd00::1'],
    )
    expect(text).toBe(`127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
10.0.0.1\tdb
2001:db8::1\tsix
172.17.0.1\there
fd00::1\there
172.17.0.2\tbox.example box
`)
  })
})

it("extendedHostsFile is the host's, and what was added", () => {
  expect(extendedHostsFile('127.0.0.1\tlocalhost\n', ['db:10.0.0.1', 'here=host-gateway'], ['172.17.0.1'])).toBe(
    '127.0.0.1\tlocalhost\n10.0.0.1\tdb\n172.17.0.1\there\n',
  )
})

it.each([
  [[], ['host.docker.internal:host-gateway']],
  [
    ['db:10.0.0.1', 'host.docker.internals=::1'],
    ['db:10.0.0.1', 'host.docker.internals=::1', 'host.docker.internal:host-gateway'],
  ],
  [['host.docker.internal=10.0.0.1'], ['host.docker.internal=10.0.0.1']],
])('%j, and the names of the host that nobody else has', (asked, expected) => {
  expect(withHostNames(asked, ['host.docker.internal'])).toEqual(expected)
})

describe('resolvConf', () => {
  const none = { dns: [], dnsSearch: [], dnsOptions: [] }
  const HOST = '# made by somebody\nnameserver 192.0.2.1\nnameserver 127.0.0.53\nsearch a.example b.example\noptions ndots:2 timeout:1\n'

  it.each([
    ["the host's, without its loopback", HOST, none, 'nameserver 192.0.2.1\nsearch a.example b.example\noptions ndots:2 timeout:1\n'],
    ['a host that has only itself', 'nameserver 127.0.0.53\n', none, 'nameserver 8.8.8.8\nnameserver 8.8.4.4\n'],
    ['a host that has none', '', none, 'nameserver 8.8.8.8\nnameserver 8.8.4.4\n'],
    ['what was asked for', HOST, { dns: ['1.1.1.1'], dnsSearch: ['x'], dnsOptions: ['rotate'] }, 'nameserver 1.1.1.1\nsearch x\noptions rotate\n'],
    [
      'a server of the loopback, when asked for',
      HOST,
      { ...none, dns: ['127.0.0.1'] },
      'nameserver 127.0.0.1\nsearch a.example b.example\noptions ndots:2 timeout:1\n',
    ],
    ['a dot means no search', HOST, { ...none, dnsSearch: ['.'] }, 'nameserver 192.0.2.1\noptions ndots:2 timeout:1\n'],
    ['of two search lines, the last', 'nameserver 192.0.2.1\nsearch a\nsearch b c\n', none, 'nameserver 192.0.2.1\nsearch b c\n'],
  ])('%s', (_, host, settings, expected) => expect(resolvConf(host, settings)).toBe(expected))

  it('asks our resolver where there are names, and that one as it is', () => {
    expect(resolvConf(HOST, none, true)).toBe('nameserver 127.0.0.11\nsearch a.example b.example\noptions ndots:2 timeout:1\n')
    expect(resolvConf('nameserver 192.0.2.1\n', { ...none, dns: ['1.1.1.1'] }, true)).toBe('nameserver 127.0.0.11\noptions ndots:0\n')
  })
})
