import { decode, encode, type Packet, type RecordType } from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { addressIn, answerFor, failureFor } from './answer.ts'
import type { NameView } from './names.ts'

const web = { names: ['web', 'www', '0123456789ab'], addresses: ['10.0.0.2', 'fd00::2'] }
const view: NameView = {
  scopes: [
    {
      network: 'front',
      members: [web, { names: ['one', 'both'], addresses: ['10.0.0.3'] }, { names: ['two', 'both'], addresses: ['10.0.0.4'] }],
      localAliases: new Map([['shop', 'web']]),
    },
    {
      network: 'back',
      members: [
        { names: ['web'], addresses: ['10.1.0.2'] },
        { names: ['db'], addresses: ['10.1.0.3'] },
      ],
      localAliases: new Map(),
    },
  ],
  upstreams: [],
}

const query = (name: string, type: RecordType = 'A'): Packet => ({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type }] })
/** As it would arrive. */
const answer = (name: string, type: RecordType = 'A', random = () => 0.999) => {
  const packet = answerFor(query(name, type), view, random)
  const decoded = packet && decode(encode(packet))
  return (
    decoded && { id: decoded.id, rcode: (decoded as { rcode?: string }).rcode, data: decoded.answers?.map((one) => ('data' in one ? String(one.data) : '')) }
  )
}

describe('a name', () => {
  it.each([
    ['web', ['10.0.0.2']],
    ['WWW.', ['10.0.0.2']],
    ['0123456789ab', ['10.0.0.2']],
    ['web.front', ['10.0.0.2']],
    ['web.back', ['10.1.0.2']],
    ['db', ['10.1.0.3']],
    ['shop', ['10.0.0.2']],
    ['both', ['10.0.0.3', '10.0.0.4']],
  ])('%s is %j', (name, data) => expect(answer(name)).toEqual({ id: 7, rcode: 'NOERROR', data }))

  it('of several has each of them first at times', () => expect(answer('both', 'A', () => 0)?.data).toEqual(['10.0.0.4', '10.0.0.3']))
  it('has addresses of IPv6, or none: others must not be asked', () => {
    expect(answer('web', 'AAAA')?.data).toEqual(['fd00::2'])
    expect(answer('db', 'AAAA')).toEqual({ id: 7, rcode: 'NOERROR', data: [] })
    expect(answer('web', 'MX')?.data).toEqual([])
  })
  it.each(['nobody', 'front', 'db.front', 'shop.back', 'example.com'])('%s is for others to answer', (name) => expect(answer(name)).toBeUndefined())
})

describe('an address', () => {
  it('is somebody’s', () => {
    expect(answer('2.0.0.10.in-addr.arpa', 'PTR')?.data).toEqual(['web.front'])
    expect(answer('3.0.1.10.in-addr.arpa', 'PTR')?.data).toEqual(['db.back'])
    expect(answer(`2.${'0.'.repeat(29)}d.f.ip6.arpa`, 'PTR')?.data).toEqual(['web.front'])
    expect(answer('9.9.9.9.in-addr.arpa', 'PTR')).toBeUndefined()
  })
  it.each(['x.in-addr.arpa', '1.2.3.in-addr.arpa', 'web', '1.ip6.arpa'])('%s is none', (name) => expect(addressIn(name)).toBeUndefined())
})

it('a question that nobody answers fails, and says so', () => {
  const { rcode, questions } = decode(encode(failureFor(query('x')))) as { rcode?: string; questions?: unknown[] }
  expect([rcode, questions]).toEqual(['SERVFAIL', [{ name: 'x', type: 'A', class: 'IN' }]])
})
