import { EngineError } from '../errors.ts'
import { AddressAllocator } from './address-allocator.ts'
import { type Address, contains, formatAddress, type IpVersion, parseAddress, parseCidr, type Subnet } from './addresses.ts'
import type { BridgeOptions } from './bridge-options.ts'
import type { BridgeRules } from './bridge-rules.ts'
import { type AddressPool, isPredefined, type Network } from './network.ts'
import type { Family } from './port-rules.ts'
import type { Endpoint } from './sandbox.ts'
import { hasGateway } from './sub-interface.ts'

/** A network whose addresses are ours to give, and what it is in the kernel. */
export class LiveNetwork {
  readonly network: Network
  readonly options: BridgeOptions
  /** Of each pool. */
  readonly #allocators: readonly AddressAllocator[]

  constructor(network: Network, options: BridgeOptions) {
    this.network = network
    this.options = options
    this.#allocators = network.pools.map(allocatorOf)
  }

  get isBridge(): boolean {
    return this.network.driver === 'bridge'
  }

  /** Those that it has rules in: IPv4 even if it has no addresses of it, for the host's loopback. */
  get families(): Family[] {
    return ['ip', ...(this.network.hasIPv6 ? ['ip6' as const] : [])]
  }

  /** The host's addresses on the bridge, with their lengths. */
  get bridgeAddresses(): string[] {
    return this.network.pools
      .filter(({ subnet, gateway }) => gateway !== '' && this.#isOnHost(subnet.includes(':') ? 6 : 4))
      .map(({ gateway, subnet }) => `${gateway}/${subnet.split('/')[1]}`)
  }

  /** Where our resolver listens for containers of this network: at the gateway, if the host is that in IPv4. */
  get resolverAddress(): string | undefined {
    const isOurs = this.isBridge && !isPredefined(this.network) && this.#isOnHost(4)
    return (isOurs && this.poolOf(4)?.gateway) || undefined
  }

  /** What a container takes for its way out, or empty. Docker lets it be another than the host's address. */
  gatewayOf(version: IpVersion, address: string): string {
    if (!hasGateway(this.network)) return ''
    const pool = this.poolOf(version, address)
    return (this.isBridge && pool?.auxAddresses[`DefaultGatewayIPv${version}`]) || (pool?.gateway ?? '')
  }

  /** Whether the bridge has the gateway's address. */
  #isOnHost(version: IpVersion): boolean {
    const { gatewayModes, leavesIPv4 } = this.options
    return gatewayModes[version] !== 'isolated' && !(version === 4 && leavesIPv4)
  }

  /** @param address one of those of the pool; of a bridge there is no other pool of the version */
  poolOf(version: IpVersion, address = ''): AddressPool | undefined {
    const pools = this.network.pools.filter(({ subnet }) => subnet.includes(':') === (version === 6))
    const index = this.#allocators.findIndex(({ subnet }) => isIn(subnet, address))
    return index < 0 ? pools[0] : this.network.pools[index]
  }

  get rules(): BridgeRules {
    const { bridge, hidesAddresses, allowsNeighbours, gatewayModes, sources, trustedInterfaces } = this.options
    const subnets = this.network.pools.map(({ subnet }) => {
      const version = subnet.includes(':') ? 6 : 4
      return { subnet, mode: gatewayModes[version], source: sources[version] }
    })
    return { bridge, subnets, hidesAddresses, allowsNeighbours, trustedInterfaces, isInternal: this.network.isInternal }
  }

  /**
   * An address for a container; undefined when the network has none of that version.
   * @param wanted the one that was asked for, or empty
   * @throws EngineError with docker's words when there is none, or not that one
   */
  allocate(version: IpVersion, wanted: string): string | undefined {
    if (wanted !== '') return this.#allocateWanted(version, wanted)
    const allocators = this.#allocators.filter(({ subnet }) => subnet.version === version)
    if (allocators.length === 0) return undefined
    for (const allocator of allocators) {
      const address = allocator.next()
      if (address) return formatAddress(address)
    }
    const { name, id } = this.network
    throw new EngineError('system', `no available IPv${version} addresses on this network's address pools: ${name} (${id})`)
  }

  /** Marks the addresses of a container that has them already. */
  resume(endpoint: Pick<Endpoint, 'ipAddress' | 'ipv6Address'>): void {
    for (const address of addressesOf(endpoint)) this.#allocatorFor(address)?.resume(address)
  }

  release(endpoint: Pick<Endpoint, 'ipAddress' | 'ipv6Address'>): void {
    for (const address of addressesOf(endpoint)) this.#allocatorFor(address)?.release(address)
  }

  #allocatorFor(address: Address): AddressAllocator | undefined {
    return this.#allocators.find(({ subnet }) => contains(subnet, address))
  }

  #allocateWanted(version: IpVersion, wanted: string): string {
    const address = parseAddress(wanted)
    const allocator = address?.version === version ? this.#allocatorFor(address) : undefined
    if (!address || !allocator)
      throw new EngineError('invalid', `invalid endpoint settings:\nno configured subnet or ip-range contain the IP address ${wanted}`)
    if (!allocator.take(address)) throw new EngineError('forbidden', 'Address already in use')
    return formatAddress(address)
  }
}

/** @throws EngineError `invalid` when the range is not a part of the subnet */
function allocatorOf({ subnet: text, gateway, ipRange, auxAddresses }: AddressPool): AddressAllocator {
  const subnet = parseCidr(text)?.subnet
  if (!subnet) throw new Error(`a network has no subnet: ${text}`)
  const range = ipRange === '' ? undefined : parseCidr(ipRange)?.subnet
  if (ipRange !== '' && !(range && range.prefixLength >= subnet.prefixLength && contains(subnet, { version: range.version, value: range.base })))
    throw new EngineError('invalid', `invalid range ${ipRange}: it must be a part of the subnet ${text}`)
  const reserved = [gateway, ...Object.values(auxAddresses)].map(parseAddress).filter((address) => address !== undefined)
  return new AddressAllocator(subnet, reserved, range)
}

function isIn(subnet: Subnet, text: string): boolean {
  const address = parseAddress(text)
  return address !== undefined && contains(subnet, address)
}

function addressesOf({ ipAddress, ipv6Address }: Pick<Endpoint, 'ipAddress' | 'ipv6Address'>): Address[] {
  return [ipAddress, ipv6Address].map(parseAddress).filter((address) => address !== undefined)
}
