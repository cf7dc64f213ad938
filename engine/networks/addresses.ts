import { randomBytes } from 'node:crypto'
import { isIPv6 } from 'node:net'

export type IpVersion = 4 | 6

/** An IP address as a number, for arithmetic. */
export interface Address {
  readonly version: IpVersion
  readonly value: bigint
}

/** A network such as 172.17.0.0/16 or fd00:1::/64. */
export interface Subnet {
  readonly version: IpVersion
  readonly base: bigint
  readonly prefixLength: number
}

const BITS = { 4: 32, 6: 128 } as const

/** @returns undefined when the text is neither an IPv4 nor an IPv6 address */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(':')) return isIPv6(text) && !text.includes('%') ? { version: 6, value: parseV6(text) } : undefined
  const value = parseV4(text)
  return value === undefined ? undefined : { version: 4, value }
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : Number.NaN))
  if (parts.length !== 4 || parts.some((part) => Number.isNaN(part) || part > 255)) return undefined
  return parts.reduce((total, part) => total * 256n + BigInt(part), 0n)
}

/** Of a text that is known to be an address: eight groups, `::` standing for those that are missing, the last two maybe as IPv4. */
function parseV6(text: string): bigint {
  const groupsOf = (part: string) =>
    part.split(':').flatMap((group) => {
      const embedded = parseV4(group)
      if (group === '') return []
      return embedded === undefined ? [BigInt(`0x${group}`)] : [embedded >> 16n, embedded & 0xffffn]
    })
  const [head = '', tail = ''] = text.split('::')
  const first = groupsOf(head)
  const last = groupsOf(tail)
  const missing = Array.from({ length: 8 - first.length - last.length }, () => 0n)
  return [...first, ...missing, ...last].reduce((total, group) => (total << 16n) | group, 0n)
}

/** IPv6 as RFC 5952 writes it: lower case, the longest run of zeros left out. */
export function formatAddress({ version, value }: Address): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':')
  const runs = [...groups.matchAll(/\b0(?::0)+\b/g)]
  const longest = runs.reduce<RegExpExecArray | undefined>((a, b) => (b[0].length > (a?.[0].length ?? 0) ? b : a), undefined)
  if (!longest) return groups
  const [before, after] = [groups.slice(0, longest.index), groups.slice(longest.index + longest[0].length)]
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`
}

/** Parses `address/length`; the subnet is the one the address lies in. */
export function parseCidr(text: string): { address: Address; subnet: Subnet } | undefined {
  const [addressText = '', lengthText = ''] = text.split('/')
  const address = parseAddress(addressText)
  const prefixLength = /^\d{1,3}$/.test(lengthText) ? Number(lengthText) : Number.NaN
  if (address === undefined || !(prefixLength >= 1 && prefixLength <= BITS[address.version])) return undefined
  const { version, value } = address
  return { address, subnet: { version, base: value - (value % sizeOf({ version, prefixLength })), prefixLength } }
}

export function formatSubnet({ version, base, prefixLength }: Subnet): string {
  return `${formatAddress({ version, value: base })}/${prefixLength}`
}

export function contains(subnet: Subnet, { version, value }: Address): boolean {
  return version === subnet.version && value >= subnet.base && value < subnet.base + sizeOf(subnet)
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  const first = ({ version, base }: Subnet) => ({ version, value: base })
  return contains(a, first(b)) || contains(b, first(a))
}

/** How many addresses are in it. */
export function sizeOf({ version, prefixLength }: Pick<Subnet, 'version' | 'prefixLength'>): bigint {
  return 1n << BigInt(BITS[version] - prefixLength)
}

/**
 * Docker's classic scheme: the IPv4 address makes the MAC, so that a reused address keeps its neighbours' caches right.
 * Without one, a random one.
 */
export function macFor(address: Address | undefined): string {
  if (address?.version !== 4) return `02:42:${[...randomBytes(4)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`
  const { value } = address
  const hex = value.toString(16).padStart(8, '0')
  return `02:42:${hex.match(/../g)?.join(':')}`
}
