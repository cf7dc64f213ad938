import { EngineError } from '../errors.ts'
import { claimOnHost } from '../linux/host-claim.ts'
import { addressesIn, addressesOf, ensureBridge, hostRoutes, linksOn, listNetns, setSysctl } from '../linux/links.ts'
import {
  AddressAllocator,
  contains,
  defaultPools,
  formatAddress,
  formatSubnet,
  overlaps,
  parseAddress,
  parseCidr,
  parsePool,
  type Subnet,
} from './addresses.ts'
import { allowForwarding, withdrawForwarding } from './foreign-firewall.ts'
import type { KernelNames } from './kernel-names.ts'
import { bridgeNetwork, type Network } from './network.ts'
import type { NetworkOptions } from './network-options.ts'
import type { BridgeRules } from './ruleset.ts'

/** The bridge that containers are plugged into unless they say otherwise, and its addresses. */
export class DefaultBridge {
  readonly #options: NetworkOptions
  readonly #names: KernelNames
  #claim: AsyncDisposable | undefined
  #raised: { readonly rules: BridgeRules; readonly allocator: AddressAllocator } | undefined

  constructor(options: NetworkOptions, names: KernelNames) {
    this.#options = options
    this.#names = names
  }

  /**
   * Takes the bridge for this daemon and says what the network on it is: as asked for by --bip, as it was, or in the first
   * pool that no route of the host touches.
   * @throws EngineError `conflict` when another daemon that runs has the bridge, `invalid` for a bad address
   */
  async claim(before: Network | undefined): Promise<Network> {
    const { bridge, bip } = this.#options
    this.#claim = await claimOnHost(`bridge/${bridge}`)
    if (!this.#claim)
      throw new EngineError('conflict', `the bridge ${bridge} belongs to another daemon that is running; give this one its own --bridge and --bip`)
    const previous = before && `${before.gateway}/${before.subnet.split('/')[1]}`
    const wanted = bip ?? previous ?? (await addressesOf(bridge))[0] ?? (await this.#freeAddress())
    const cidr = parseCidr(wanted)
    if (!cidr) throw new EngineError('invalid', `invalid --bip ${wanted}: use an IPv4 address with a length, e.g. 172.17.0.1/16`)
    return bridgeNetwork(before, { gateway: formatAddress(cidr.address), subnet: formatSubnet(cidr.subnet) }, this.#options)
  }

  /**
   * Makes sure of the bridge and the kernel's switches.
   * @throws EngineError `invalid` when --fixed-cidr is not a part of the subnet
   */
  async raise({ gateway, subnet: subnetText }: Network): Promise<void> {
    const { bridge, mtu, ipForward, ipMasq, icc } = this.#options
    const subnet = parseCidr(subnetText)?.subnet
    if (!subnet) throw new Error(`the default bridge has no subnet: ${subnetText}`)
    const allocator = new AddressAllocator(subnet, [parseAddress(gateway) ?? 0], this.#fixedRange(subnet))
    await ensureBridge(bridge, `${gateway}/${subnet.prefixLength}`, mtu)
    if (ipForward) await setSysctl('net/ipv4/ip_forward', '1')
    await setSysctl(`net/ipv4/conf/${bridge}/route_localnet`, '1')
    await allowForwarding(bridge)
    await this.#spareForeignAddresses(allocator)
    this.#raised = { allocator, rules: { table: this.#names.table, bridge, subnet: subnetText, hidesAddresses: ipMasq, allowsNeighbours: icc } }
  }

  /** The daemon goes; what containers need stays. */
  async leave(): Promise<void> {
    const { bridge } = this.#options
    if ((await linksOn(bridge)).length === 0) await withdrawForwarding(bridge)
    await this.#claim?.[Symbol.asyncDispose]()
  }

  get rules(): BridgeRules {
    return this.#open().rules
  }

  /** The next free address; undefined when there is none. */
  nextAddress(): string | undefined {
    const address = this.#open().allocator.next()
    return address === undefined ? undefined : formatAddress(address)
  }

  /** Marks an address that a container has already. */
  takeAddress(address: string): void {
    this.#open().allocator.take(parseAddress(address) ?? 0)
  }

  releaseAddress(address: string): void {
    this.#open().allocator.release(parseAddress(address) ?? 0)
  }

  #open() {
    if (!this.#raised) throw new Error('networks were used before they were started')
    return this.#raised
  }

  /** Containers of a daemon with another data root may still run on this bridge: their addresses are not ours to give. */
  async #spareForeignAddresses(allocator: AddressAllocator): Promise<void> {
    const foreign = (await linksOn(this.#options.bridge)).flatMap((link) => this.#names.foreignNetnsOf(link) ?? [])
    if (foreign.length === 0) return
    const namespaces = (await listNetns('er-')).filter((name) => foreign.some((start) => name.startsWith(start)))
    for (const cidr of (await Promise.all(namespaces.map(addressesIn))).flat()) allocator.take(parseCidr(cidr)?.address ?? 0)
  }

  #fixedRange(subnet: Subnet): Subnet | undefined {
    const { fixedCidr } = this.#options
    if (fixedCidr === undefined) return undefined
    const range = parseCidr(fixedCidr)?.subnet
    if (range && contains(subnet, range.base) && range.prefixLength >= subnet.prefixLength) return range
    throw new EngineError('invalid', `invalid --fixed-cidr ${fixedCidr}: it must be a part of the bridge's subnet ${formatSubnet(subnet)}`)
  }

  async #freeAddress(): Promise<string> {
    const routes = (await hostRoutes(this.#options.bridge)).map((text) => parseCidr(text)?.subnet).filter((subnet) => subnet !== undefined)
    const { defaultAddressPools } = this.#options
    const pools = defaultAddressPools.length > 0 ? defaultAddressPools.flatMap(parsePool) : defaultPools()
    const free = pools.find((pool) => !routes.some((route) => overlaps(route, pool)))
    if (!free) throw new EngineError('system', 'all predefined address pools have been fully subnetted')
    return `${formatAddress(free.base + 1)}/${free.prefixLength}`
  }
}
