import { describe, expect, it } from 'vitest'
import { bridgesText, elementsText, type Publication, rulesetText, sandboxText } from './ruleset.ts'

const rules = { bridge: 'er0', subnets: ['172.17.0.0/16'], hidesAddresses: true, allowsNeighbours: true, isInternal: false }

const publications: readonly Publication[] = [
  { target: '172.17.0.2', port: { containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 } },
  { target: '172.17.0.2', port: { containerPort: 80, protocol: 'tcp', hostIp: '::', hostPort: 8080 } },
  { target: '172.17.0.3', port: { containerPort: 53, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 5353 } },
  { target: '172.17.0.4', port: { containerPort: 9, protocol: 'sctp', hostIp: '0.0.0.0', hostPort: 9 } },
]

describe('the tables of a daemon', () => {
  it('with published ports', async () =>
    await expect(rulesetText('engineroom-ab12', [rules], publications)).toMatchFileSnapshot('testdata/published.golden.nft'))

  it('when a bridge comes that neither hides addresses nor lets neighbours talk, and two that are internal and of IPv6', async () => {
    const closed = { ...rules, bridge: 'er1', subnets: ['10.1.0.0/24'], hidesAddresses: false, allowsNeighbours: false }
    const internal = { ...rules, bridge: 'er2', subnets: ['10.2.0.0/24'], isInternal: true }
    const six = { ...rules, bridge: 'er3', subnets: ['10.3.0.0/24', 'fd00:3::/64'] }
    await expect(bridgesText('engineroom-ab12', [rules, closed, internal, six])).toMatchFileSnapshot('testdata/bridges.golden.nft')
  })
})

describe('the table in a container', () => {
  it('leads its questions for names to the gateway', async () =>
    await expect(sandboxText({ address: '172.18.0.1', port: 61053 })).toMatchFileSnapshot('testdata/sandbox.golden.nft'))
  it('without a resolver leads them nowhere', () => expect(sandboxText(undefined)).not.toContain('dnat'))
})

describe('a change of published ports', () => {
  it('adds elements, IPv4 only', () => {
    expect(elementsText('add', 'engineroom-ab12', publications)).toBe(
      [
        'add element ip engineroom-ab12 tcp_any { 8080 : 172.17.0.2 . 80 }',
        'add element ip engineroom-ab12 udp_at { 127.0.0.1 . 5353 : 172.17.0.3 . 53 }',
        'add element ip engineroom-ab12 sctp_any { 9 : 172.17.0.4 . 9 }',
        '',
      ].join('\n'),
    )
  })

  it('deletes them by their keys', () => {
    expect(elementsText('delete', 't', publications.slice(2, 3))).toBe('delete element ip t udp_at { 127.0.0.1 . 5353 }\n')
  })

  it('is nothing when there is nothing to say', () => {
    expect(elementsText('add', 't', [])).toBe('')
    expect(elementsText('add', 't', publications.slice(1, 2))).toBe('')
  })
})
