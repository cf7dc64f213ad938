import { EngineError } from '../errors.ts'
import { formatSubnet, overlaps, parseCidr, type Subnet, sizeOf } from './addresses.ts'

/** Of one pool; nobody has that many networks. */
const MAX_BLOCKS = 4096

/** Docker's default pools: 172.17–31.0.0/16, then 192.168.0.0/16 in blocks of /20. */
export function defaultPools(): Subnet[] {
  const large = Array.from({ length: 15 }, (_, i) => parseCidr(`172.${17 + i}.0.0/16`)?.subnet)
  const small = Array.from({ length: 16 }, (_, i) => parseCidr(`192.168.${i * 16}.0/20`)?.subnet)
  return [...large, ...small].filter((subnet) => subnet !== undefined)
}

/** A pool as `--default-address-pool` writes it: `base=172.80.0.0/16,size=24`. */
export interface AddressPool {
  readonly base: Subnet
  /** The prefix length of its blocks. */
  readonly size: number
}

/** @throws EngineError `invalid` */
export function parsePool(text: string): AddressPool {
  const fields = new Map(text.split(',').map((field) => [field.split('=', 1)[0]?.trim(), field.slice(field.indexOf('=') + 1).trim()]))
  const base = parseCidr(fields.get('base') ?? '')?.subnet
  const size = Number(fields.get('size'))
  if (base?.version !== 4 || !Number.isInteger(size) || size < base.prefixLength || size > 30)
    throw new EngineError('invalid', `invalid --default-address-pool ${text}: use base=CIDR,size=N`)
  return { base, size }
}

/** The subnets that networks get of it. */
export function blocksOf({ base, size }: AddressPool): Subnet[] {
  const blocks = Math.min(2 ** (size - base.prefixLength), MAX_BLOCKS)
  const step = sizeOf({ version: 4, prefixLength: size })
  return Array.from({ length: blocks }, (_, i) => ({ version: 4, base: base.base + BigInt(i) * step, prefixLength: size }))
}

/**
 * The first block that nobody has.
 * @param pools as the daemon was told; empty for docker's own
 * @param taken by other networks, and by routes of the host
 * @throws EngineError `invalid` with docker's words when there is none
 */
export function freeSubnet(pools: readonly string[], taken: readonly Subnet[]): Subnet {
  const blocks = pools.length > 0 ? pools.map(parsePool).flatMap(blocksOf) : defaultPools()
  const free = blocks.find((block) => !taken.some((other) => overlaps(other, block)))
  if (!free) throw new EngineError('invalid', 'all predefined address pools have been fully subnetted')
  return free
}

/**
 * An IPv6 subnet for a network that names none: unique local addresses made of its random id, which nobody else has.
 * @see RFC 4193
 */
export function uniqueLocalSubnet(networkId: string): string {
  const [a = '', b = '', c = ''] = [networkId.slice(0, 2), networkId.slice(2, 6), networkId.slice(6, 10)]
  const subnet = parseCidr(`fd${a}:${b}:${c}::/64`)?.subnet
  if (!subnet) throw new Error(`no network id: ${networkId}`)
  return formatSubnet(subnet)
}
