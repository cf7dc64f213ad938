import { describe, expect, it } from 'vitest'
import { AddressAllocator, defaultPools, formatAddress, formatSubnet, macFor, overlaps, parseAddress, parseCidr } from './addresses.ts'

function subnet(text: string) {
  const parsed = parseCidr(text)
  if (!parsed) throw new Error(`${text} is no subnet`)
  return parsed.subnet
}

function address(text: string): number {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(`${text} is no address`)
  return parsed
}

describe('addresses', () => {
  it.each(['0.0.0.0', '172.17.0.1', '255.255.255.255'])('%s can be read and written', (text) => expect(formatAddress(address(text))).toBe(text))
  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '1.2.3.x', '1.2.3.-4', ' 1.2.3.4', '::1', '1.2.3.4/8'])('%j is none', (text) =>
    expect(parseAddress(text)).toBeUndefined(),
  )
})

describe('subnets', () => {
  it('are those that an address lies in', () => {
    const parsed = parseCidr('172.17.42.1/16')
    expect(parsed && [formatAddress(parsed.address), formatSubnet(parsed.subnet)]).toEqual(['172.17.42.1', '172.17.0.0/16'])
    expect(formatSubnet(subnet('192.168.129.7/20'))).toBe('192.168.128.0/20')
  })

  it.each(['172.17.0.1', '172.17.0.1/', '172.17.0.1/0', '172.17.0.1/33', '172.17.0.1/x', '300.1.1.1/16'])('%j is none', (text) =>
    expect(parseCidr(text)).toBeUndefined(),
  )

  it.each([
    ['10.0.0.0/8', '10.200.0.0/16', true],
    ['10.200.0.0/16', '10.0.0.0/8', true],
    ['10.0.0.0/24', '10.0.1.0/24', false],
    ['10.0.0.0/24', '10.0.0.255/32', true],
  ])('%s and %s overlap: %s', (a, b, expected) => expect(overlaps(subnet(a), subnet(b))).toBe(expected))

  it("in docker's order", () => {
    const pools = defaultPools().map(formatSubnet)
    expect([pools[0], pools[14], pools[15], pools[30]]).toEqual(['172.17.0.0/16', '172.31.0.0/16', '192.168.0.0/20', '192.168.240.0/20'])
    expect(pools).toHaveLength(31)
  })
})

describe('AddressAllocator', () => {
  const allocator = (text: string, ...reserved: string[]) => new AddressAllocator(subnet(text), reserved.map(address))
  const next = (from: AddressAllocator) => {
    const given = from.next()
    return given && formatAddress(given)
  }

  it('begins after the gateway', () => expect(next(allocator('172.17.0.0/16', '172.17.0.1'))).toBe('172.17.0.2'))

  it('gives one that came back only after all others had their turn', () => {
    const pool = allocator('10.0.0.0/29', '10.0.0.1')
    expect([next(pool), next(pool), next(pool)]).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4'])
    pool.release(address('10.0.0.2'))
    expect([next(pool), next(pool), next(pool), next(pool)]).toEqual(['10.0.0.5', '10.0.0.6', '10.0.0.2', undefined])
  })

  it('never gives the network itself nor its broadcast address', () => {
    const pool = allocator('10.0.0.0/30')
    expect([next(pool), next(pool), next(pool)]).toEqual(['10.0.0.1', '10.0.0.2', undefined])
  })

  it('passes over what somebody has, and goes on after it', () => {
    const pool = allocator('10.0.0.0/24', '10.0.0.1')
    expect(pool.take(address('10.0.0.50'))).toBe(true)
    expect(pool.take(address('10.0.0.50'))).toBe(false)
    expect(pool.take(address('10.0.1.1'))).toBe(false)
    expect(next(pool)).toBe('10.0.0.51')
  })

  it('starts over at the end of a large network', () => {
    const pool = allocator('10.0.0.0/16', '10.0.0.1')
    pool.take(address('10.0.255.254'))
    expect(next(pool)).toBe('10.0.0.2')
  })
})

describe('macFor', () => {
  it('is made of the address', () => expect(macFor(address('172.17.0.2'))).toBe('02:42:ac:11:00:02'))
  it('pads small numbers', () => expect(macFor(address('1.2.3.4'))).toBe('02:42:01:02:03:04'))
})
