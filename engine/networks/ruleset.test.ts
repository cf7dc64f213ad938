import { describe, expect, it } from 'vitest'
import { elementsText, type Publication, rulesetText } from './ruleset.ts'

const rules = { table: 'engineroom-ab12', bridge: 'er0', subnet: '172.17.0.0/16', hidesAddresses: true, allowsNeighbours: true }

const publications: readonly Publication[] = [
  { target: '172.17.0.2', port: { containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 } },
  { target: '172.17.0.2', port: { containerPort: 80, protocol: 'tcp', hostIp: '::', hostPort: 8080 } },
  { target: '172.17.0.3', port: { containerPort: 53, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 5353 } },
  { target: '172.17.0.4', port: { containerPort: 9, protocol: 'sctp', hostIp: '0.0.0.0', hostPort: 9 } },
]

describe('the table of a daemon', () => {
  it('with published ports', async () => await expect(rulesetText(rules, publications)).toMatchFileSnapshot('testdata/published.golden.nft'))

  it('that neither hides addresses nor lets neighbours talk', async () =>
    await expect(rulesetText({ ...rules, hidesAddresses: false, allowsNeighbours: false }, [])).toMatchFileSnapshot('testdata/closed.golden.nft'))
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
