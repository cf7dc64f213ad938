import { describe, expect, it } from 'vitest'
import { AddressAllocator } from './address-allocator.ts'
import { blocksOf, defaultPools, freeSubnet, parsePool, uniqueLocalSubnet } from './address-pools.ts'
import { type Address, formatAddress, formatSubnet, macFor, overlaps, parseAddress, parseCidr } from './addresses.ts'

function subnet(text: string) {
  const parsed = parseCidr(text)
  if (!parsed) throw new Error(`${text} is no subnet`)
  return parsed.subnet
}

function address(text: string): Address {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(`${text} is no address`)
  return parsed
}

describe('addresses', () => {
  it.each(['0.0.0.0', '172.17.0.1', '255.255.255.255', '::', '::1', 'fd00::1', '2001:db8::1:0:0:1', 'fe80::42:acff:fe11:2', '1:2:3:4:5:6:7:8'])(
    '%s can be read and written',
    (text) => expect(formatAddress(address(text))).toBe(text),
  )
  it.each([
    ['FD00:0:0:0:0:0:0:A', 'fd00::a'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['0:0:0:0:5:6:7:0', '::5:6:7:0'],
    ['10:20:30:40:0:0:0:0', '10:20:30:40::'],
  ])('%s is %s', (text, expected) => expect(formatAddress(address(text))).toBe(expected))
  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '1.2.3.x', '1.2.3.-4', ' 1.2.3.4', '1.2.3.4/8', 'fe80::1%eth0', '::g', '1:2:3', ':::'])(
    '%j is none',
    (text) => expect(parseAddress(text)).toBeUndefined(),
  )
})

describe('subnets', () => {
  it('are those that an address lies in', () => {
    const parsed = parseCidr('172.17.42.1/16')
    expect(parsed && [formatAddress(parsed.address), formatSubnet(parsed.subnet)]).toEqual(['172.17.42.1', '172.17.0.0/16'])
    expect(formatSubnet(subnet('192.168.129.7/20'))).toBe('192.168.128.0/20')
    expect(formatSubnet(subnet('fd00:1:2:3:4::9/64'))).toBe('fd00:1:2:3::/64')
  })

  it.each(['172.17.0.1', '172.17.0.1/', '172.17.0.1/0', '172.17.0.1/33', '172.17.0.1/x', '300.1.1.1/16', 'fd00::/129'])('%j is none', (text) =>
    expect(parseCidr(text)).toBeUndefined(),
  )

  it.each([
    ['10.0.0.0/8', '10.200.0.0/16', true],
    ['10.200.0.0/16', '10.0.0.0/8', true],
    ['10.0.0.0/24', '10.0.1.0/24', false],
    ['10.0.0.0/24', '10.0.0.255/32', true],
    ['fd00::/64', 'fd00::/48', true],
    ['fd00::/64', 'fd00:0:0:1::/64', false],
    ['0.0.0.0/1', '::/1', false],
  ])('%s and %s overlap: %s', (a, b, expected) => expect(overlaps(subnet(a), subnet(b))).toBe(expected))
})

describe('pools', () => {
  it("in docker's order", () => {
    const pools = defaultPools().map(formatSubnet)
    expect([pools[0], pools[14], pools[15], pools[30]]).toEqual(['172.17.0.0/16', '172.31.0.0/16', '192.168.0.0/20', '192.168.240.0/20'])
    expect(pools).toHaveLength(31)
  })

  it('of the daemon', () =>
    expect(blocksOf(parsePool('base=172.80.0.0/16,size=18')).map(formatSubnet)).toEqual([0, 64, 128, 192].map((part) => `172.80.${part}.0/18`)))

  it.each(['', 'base=172.80.0.0/16', 'base=172.80.0.0/16,size=8', 'base=fd00::/48,size=64'])('%j is none', (text) =>
    expect(() => parsePool(text)).toThrow('invalid --default-address-pool'),
  )

  it('skip what others have, and end', () => {
    expect(formatSubnet(freeSubnet([], [subnet('172.16.0.0/14'), subnet('172.20.1.0/24')]))).toBe('172.21.0.0/16')
    expect(() => freeSubnet(['base=10.0.0.0/24,size=25'], [subnet('10.0.0.0/8')])).toThrow('all predefined address pools have been fully subnetted')
  })

  it('of IPv6 are made of the id', () => expect(uniqueLocalSubnet('0a1b2c3d4e5f')).toBe('fd0a:1b2c:3d4e::/64'))
})

describe('AddressAllocator', () => {
  const allocator = (text: string, ...reserved: string[]) => new AddressAllocator(subnet(text), reserved.map(address))
  const next = (from: AddressAllocator) => {
    const given = from.next()
    return given && formatAddress(given)
  }

  it('begins after the gateway', () => expect(next(allocator('172.17.0.0/16', '172.17.0.1'))).toBe('172.17.0.2'))
  it('of IPv6, too', () => expect(next(allocator('fd00::/64', 'fd00::1'))).toBe('fd00::2'))

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

  it('passes over what somebody has', () => {
    const pool = allocator('10.0.0.0/24', '10.0.0.1')
    expect(pool.take(address('10.0.0.2'))).toBe(true)
    expect(pool.take(address('10.0.0.2'))).toBe(false)
    expect(pool.take(address('10.0.1.1'))).toBe(false)
    expect(next(pool)).toBe('10.0.0.3')
  })

  it('goes on after what it gave before a restart', () => {
    const pool = allocator('10.0.0.0/24', '10.0.0.1')
    pool.resume(address('10.0.0.50'))
    expect(next(pool)).toBe('10.0.0.51')
  })

  it('starts over at the end of a large network', () => {
    const pool = allocator('10.0.0.0/16', '10.0.0.1')
    pool.resume(address('10.0.255.254'))
    expect(next(pool)).toBe('10.0.0.2')
  })

  it('keeps to a range, from which one may take by hand what is outside', () => {
    const pool = new AddressAllocator(subnet('10.0.0.0/24'), [address('10.0.0.1')], subnet('10.0.0.128/30'))
    expect(pool.take(address('10.0.0.9'))).toBe(true)
    expect([next(pool), next(pool), next(pool), next(pool), next(pool)]).toEqual(['10.0.0.128', '10.0.0.129', '10.0.0.130', '10.0.0.131', undefined])
  })
})

describe('macFor', () => {
  it('is made of the address', () => expect(macFor(address('172.17.0.2'))).toBe('02:42:ac:11:00:02'))
  it('pads small numbers', () => expect(macFor(address('1.2.3.4'))).toBe('02:42:01:02:03:04'))
})
