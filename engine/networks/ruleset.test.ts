import { describe, expect, it } from 'vitest'
import { type BridgeRules, bridgesText } from './bridge-rules.ts'
import { elementsText } from './port-rules.ts'
import type { PublishedPort } from './ports.ts'
import { rulesetText, sandboxText } from './ruleset.ts'

const subnet = (text: string, mode: 'nat' | 'nat-unprotected' | 'routed' | 'isolated' = 'nat', source = '') => ({ subnet: text, mode, source })
const rules: BridgeRules = {
  bridge: 'er0',
  subnets: [subnet('172.17.0.0/16')],
  hidesAddresses: true,
  allowsNeighbours: true,
  trustedInterfaces: [],
  isInternal: false,
}

const published: readonly PublishedPort[] = [
  { containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080, target: '172.17.0.2' },
  { containerPort: 80, protocol: 'tcp', hostIp: '::', hostPort: 8080, target: '172.17.0.2' },
  { containerPort: 53, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 5353, target: '172.17.0.3' },
  { containerPort: 9, protocol: 'sctp', hostIp: '0.0.0.0', hostPort: 9, target: '172.17.0.4' },
]

describe('the tables of a daemon', () => {
  it('with published ports', async () => await expect(rulesetText('engineroom-ab12', [rules], published)).toMatchFileSnapshot('testdata/published.golden.nft'))

  it('when a bridge comes that neither hides addresses nor lets neighbours talk, and two that are internal and of IPv6', async () => {
    const closed = { ...rules, bridge: 'er1', subnets: [subnet('10.1.0.0/24')], hidesAddresses: false, allowsNeighbours: false }
    const internal = { ...rules, bridge: 'er2', subnets: [subnet('10.2.0.0/24')], isInternal: true }
    const six = { ...rules, bridge: 'er3', subnets: [subnet('10.3.0.0/24'), subnet('fd00:3::/64')] }
    await expect(bridgesText('engineroom-ab12', [rules, closed, internal, six])).toMatchFileSnapshot('testdata/bridges.golden.nft')
  })
})

describe('the rules of gateway modes', () => {
  it('routed, unprotected, with a source of its own, and two interfaces that are trusted where addresses are translated', async () => {
    const routed = { ...rules, bridge: 'er1', subnets: [subnet('10.1.0.0/24', 'routed'), subnet('fd00:1::/64', 'routed')] }
    const unprotected = { ...rules, bridge: 'er2', subnets: [subnet('10.2.0.0/24', 'nat-unprotected'), subnet('fd00:2::/64', 'nat', '2001:db8::1')] }
    const trusting = { ...unprotected, bridge: 'er3', trustedInterfaces: ['eth1', 'wg0'], subnets: [subnet('10.3.0.0/24'), subnet('fd00:3::/64', 'routed')] }
    await expect(bridgesText('engineroom-ab12', [routed, unprotected, trusting])).toMatchFileSnapshot('testdata/gateway-modes.golden.nft')
  })
})

describe('the table in a container', () => {
  it('leads its questions for names to the gateway', async () =>
    await expect(sandboxText({ address: '172.18.0.1', port: 61053 })).toMatchFileSnapshot('testdata/sandbox.golden.nft'))
  it('without a resolver leads them nowhere', () => expect(sandboxText(undefined)).not.toContain('dnat'))
})

describe('a change of published ports', () => {
  it('adds elements, none from IPv6 to IPv4', () => {
    expect(elementsText('add', 'engineroom-ab12', published)).toBe(
      [
        'add element ip engineroom-ab12 tcp_any { 8080 : 172.17.0.2 . 80 }',
        'add element ip engineroom-ab12 udp_at { 127.0.0.1 . 5353 : 172.17.0.3 . 53 }',
        'add element ip engineroom-ab12 sctp_any { 9 : 172.17.0.4 . 9 }',
        '',
      ].join('\n'),
    )
  })

  it('adds those of IPv6, and what is open at its own address, once', () => {
    const six = { containerPort: 80, protocol: 'tcp', target: 'fd00::2' } as const
    const opened = [
      { ...six, hostIp: '::', hostPort: 8080 },
      { ...six, hostIp: '2001:db8::1', hostPort: 8081 },
      { ...six, hostIp: '::', hostPort: 0 },
      { ...six, hostIp: '::', hostPort: 0 },
      { ...six, hostIp: '0.0.0.0', hostPort: 0, target: '10.0.0.2' },
    ]
    expect(elementsText('add', 't', opened)).toBe(
      [
        'add element ip6 t tcp_any { 8080 : fd00::2 . 80 }',
        'add element ip6 t tcp_at { 2001:db8::1 . 8081 : fd00::2 . 80 }',
        'add element ip6 t open { fd00::2 . tcp . 80 }',
        'add element ip t open { 10.0.0.2 . tcp . 80 }',
        '',
      ].join('\n'),
    )
    expect(elementsText('delete', 't', opened.slice(2))).toBe(
      'delete element ip6 t open { fd00::2 . tcp . 80 }\ndelete element ip t open { 10.0.0.2 . tcp . 80 }\n',
    )
  })

  it('adds what interfaces that are trusted find at its own address, whatever leads there', () => {
    const trusting = published.slice(0, 2).map((port) => ({ ...port, isTrusting: true }))
    const open = 'element ip t open { 172.17.0.2 . tcp . 80 }\n'
    expect(elementsText('add', 't', trusting)).toBe(`add element ip t tcp_any { 8080 : 172.17.0.2 . 80 }\nadd ${open}`)
    expect(elementsText('delete', 't', trusting.slice(1))).toBe(`delete ${open}`)
  })

  it('deletes them by their keys', () => {
    expect(elementsText('delete', 't', published.slice(2, 3))).toBe('delete element ip t udp_at { 127.0.0.1 . 5353 }\n')
  })

  it('is nothing when there is nothing to say', () => {
    expect(elementsText('add', 't', [])).toBe('')
    expect(elementsText('add', 't', published.slice(1, 2))).toBe('')
  })
})
