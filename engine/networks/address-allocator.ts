import { type Address, contains, type Subnet, sizeOf } from './addresses.ts'

/** Hands out addresses in ascending order, and one that was given back only after all others had their turn. */
export class AddressAllocator {
  readonly subnet: Subnet
  readonly #first: bigint
  readonly #count: bigint
  readonly #taken = new Set<bigint>()
  #last: bigint

  /**
   * @param reserved addresses that are never given out, e.g. the gateway's
   * @param range the part of the subnet to give out from; all of it by default
   */
  constructor(subnet: Subnet, reserved: readonly Address[], range = subnet) {
    this.subnet = subnet
    for (const { value } of reserved) this.#taken.add(value)
    const end = (one: Subnet) => one.base + sizeOf(one)
    // Without the network's own address and, in IPv4, the broadcast address.
    const last = subnet.version === 4 ? end(subnet) - 1n : end(subnet)
    this.#first = range.base > subnet.base ? range.base : subnet.base + 1n
    this.#count = (end(range) < last ? end(range) : last) - this.#first
    this.#last = this.#first - 1n
  }

  /** Marks an address that somebody has; false when it was taken already, or is none of the subnet's. */
  take(address: Address): boolean {
    if (this.#taken.has(address.value) || !contains(this.subnet, address)) return false
    this.#taken.add(address.value)
    return true
  }

  /** Marks an address that was given out before a restart: the next one is given after it. */
  resume(address: Address): void {
    if (this.take(address) && address.value > this.#last && address.value < this.#first + this.#count) this.#last = address.value
  }

  /** The next free address; undefined when there is none. */
  next(): Address | undefined {
    for (let step = 1n; step <= this.#count; step++) {
      const value = this.#first + ((this.#last - this.#first + step) % this.#count)
      if (this.#taken.has(value)) continue
      this.#taken.add(value)
      this.#last = value
      return { version: this.subnet.version, value }
    }
    return undefined
  }

  release(address: Address): void {
    this.#taken.delete(address.value)
  }
}
