import { EngineError } from '../errors.ts'

/** An IPv4 network, e.g. 172.17.0.0/16, with its numbers ready for arithmetic. */
export interface Subnet {
  readonly base: number
  readonly prefixLength: number
}

/** @returns undefined when the text is not an IPv4 address */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : Number.NaN))
  if (parts.length !== 4 || parts.some((part) => Number.isNaN(part) || part > 255)) return undefined
  return parts.reduce((total, part) => total * 256 + part, 0)
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

/** Parses `address/length`; the subnet is the one the address lies in. */
export function parseCidr(text: string): { address: number; subnet: Subnet } | undefined {
  const [addressText = '', lengthText = ''] = text.split('/')
  const address = parseAddress(addressText)
  const prefixLength = /^\d{1,2}$/.test(lengthText) ? Number(lengthText) : Number.NaN
  if (address === undefined || !(prefixLength >= 1 && prefixLength <= 32)) return undefined
  return { address, subnet: { base: address - (address % sizeOf(prefixLength)), prefixLength } }
}

export function formatSubnet({ base, prefixLength }: Subnet): string {
  return `${formatAddress(base)}/${prefixLength}`
}

export function contains({ base, prefixLength }: Subnet, address: number): boolean {
  return address >= base && address < base + sizeOf(prefixLength)
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return contains(a, b.base) || contains(b, a.base)
}

function sizeOf(prefixLength: number): number {
  return 2 ** (32 - prefixLength)
}

/** Docker's default pools: 172.17–31.0.0/16, then 192.168.0.0/16 in blocks of /20. */
export function defaultPools(): Subnet[] {
  const large = Array.from({ length: 15 }, (_, i) => parseCidr(`172.${17 + i}.0.0/16`)?.subnet)
  const small = Array.from({ length: 16 }, (_, i) => parseCidr(`192.168.${i * 16}.0/20`)?.subnet)
  return [...large, ...small].filter((subnet) => subnet !== undefined)
}

/**
 * The blocks of a pool as `--default-address-pool` writes it: `base=172.80.0.0/16,size=24`.
 * @throws EngineError `invalid`
 */
export function parsePool(text: string): Subnet[] {
  const fields = new Map(text.split(',').map((field) => [field.split('=', 1)[0]?.trim(), field.slice(field.indexOf('=') + 1).trim()]))
  const base = parseCidr(fields.get('base') ?? '')?.subnet
  const size = Number(fields.get('size'))
  if (!base || !Number.isInteger(size) || size < base.prefixLength || size > 30)
    throw new EngineError('invalid', `invalid --default-address-pool ${text}: use base=CIDR,size=N`)
  const blocks = Math.min(2 ** (size - base.prefixLength), MAX_BLOCKS)
  return Array.from({ length: blocks }, (_, i) => ({ base: base.base + i * sizeOf(size), prefixLength: size }))
}

/** Of one pool; nobody has that many networks. */
const MAX_BLOCKS = 4096

/** Hands out addresses in ascending order, and one that was given back only after all others had their turn. */
export class AddressAllocator {
  readonly #subnet: Subnet
  readonly #first: number
  readonly #count: number
  readonly #taken = new Set<number>()
  #last: number

  /**
   * @param reserved addresses that are never given out, e.g. the gateway's
   * @param range the part of the subnet to give out from; all of it by default
   */
  constructor(subnet: Subnet, reserved: readonly number[], range = subnet) {
    this.#subnet = subnet
    for (const address of reserved) this.#taken.add(address)
    // Without the network's own and the broadcast address.
    this.#first = Math.max(range.base, subnet.base + 1)
    this.#count = Math.min(range.base + sizeOf(range.prefixLength), subnet.base + sizeOf(subnet.prefixLength) - 1) - this.#first
    this.#last = this.#first - 1
  }

  /** Marks an address that somebody has; false when it was taken already. */
  take(address: number): boolean {
    if (this.#taken.has(address) || !contains(this.#subnet, address)) return false
    this.#taken.add(address)
    this.#last = Math.max(this.#last, address)
    return true
  }

  /** The next free address; undefined when there is none. */
  next(): number | undefined {
    for (let step = 1; step <= this.#count; step++) {
      const candidate = this.#first + ((this.#last - this.#first + step) % this.#count)
      if (this.#taken.has(candidate)) continue
      this.#taken.add(candidate)
      this.#last = candidate
      return candidate
    }
    return undefined
  }

  release(address: number): void {
    this.#taken.delete(address)
  }
}

/** Docker's classic scheme: the address makes the MAC, so that a reused address keeps its neighbours' caches right. */
export function macFor(address: number): string {
  const hex = address.toString(16).padStart(8, '0')
  return `02:42:${hex.match(/../g)?.join(':')}`
}
