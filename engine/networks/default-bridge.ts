import { EngineError } from '../errors.ts'
import { claimOnHost } from '../linux/host-claim.ts'
import { addressesIn, addressesOf, hostRoutes, linksOn, listNetns } from '../linux/links.ts'
import { freeSubnet } from './address-pools.ts'
import { contains, formatAddress, formatSubnet, parseCidr, type Subnet } from './addresses.ts'
import { bridgeOptions } from './bridge-options.ts'
import type { KernelNames } from './kernel-names.ts'
import { LiveNetwork } from './live-network.ts'
import { bridgeNetwork, type Network } from './network.ts'
import type { NetworkOptions } from './network-options.ts'
import { raiseBridge } from './raise-link.ts'

/** The bridge that containers are plugged into unless they say otherwise, and its addresses. */
export class DefaultBridge {
  readonly #options: NetworkOptions
  readonly #names: KernelNames
  #claim: AsyncDisposable | undefined

  constructor(options: NetworkOptions, names: KernelNames) {
    this.#options = options
    this.#names = names
  }

  /**
   * Takes the bridge for this daemon and says what the network on it is: as asked for by --bip, as it was, or in the first
   * pool that no route of the host touches.
   * @throws EngineError `conflict` when another daemon that runs has the bridge, `invalid` for a bad address, or a
   * --fixed-cidr that is not a part of the subnet
   */
  async claim(before: Network | undefined): Promise<Network> {
    const { bridge, bip } = this.#options
    this.#claim = await claimOnHost(`bridge/${bridge}`)
    if (!this.#claim)
      throw new EngineError('conflict', `the bridge ${bridge} belongs to another daemon that is running; give this one its own --bridge and --bip`)
    const [pool] = before?.pools ?? []
    const previous = pool && `${pool.gateway}/${pool.subnet.split('/')[1]}`
    const wanted = bip ?? previous ?? (await addressesOf(bridge))[0] ?? (await this.#freeAddress())
    const cidr = parseCidr(wanted)
    if (cidr?.address.version !== 4) throw new EngineError('invalid', `invalid --bip ${wanted}: use an IPv4 address with a length, e.g. 172.17.0.1/16`)
    this.#checkFixedRange(cidr.subnet)
    return bridgeNetwork(before, { gateway: formatAddress(cidr.address), subnet: formatSubnet(cidr.subnet) }, this.#options)
  }

  /** Makes sure of the bridge and the kernel's switches. */
  async raise(network: Network): Promise<LiveNetwork> {
    const live = new LiveNetwork(network, bridgeOptions(network, this.#names, this.#options.mtu))
    await raiseBridge(live, this.#options)
    await this.#spareForeignAddresses(live)
    return live
  }

  /** The daemon goes; what containers need stays. */
  async leave(): Promise<void> {
    await this.#claim?.[Symbol.asyncDispose]()
  }

  /** Containers of a daemon with another data root may still run on this bridge: their addresses are not ours to give. */
  async #spareForeignAddresses(live: LiveNetwork): Promise<void> {
    const foreign = (await linksOn(this.#options.bridge)).flatMap((link) => this.#names.foreignNetnsOf(link) ?? [])
    if (foreign.length === 0) return
    const namespaces = (await listNetns('er-')).filter((name) => foreign.some((start) => name.startsWith(start)))
    for (const cidr of (await Promise.all(namespaces.map(addressesIn))).flat()) live.resume({ ipAddress: cidr.split('/', 1)[0] ?? '', ipv6Address: '' })
  }

  #checkFixedRange(subnet: Subnet): void {
    const { fixedCidr } = this.#options
    if (fixedCidr === undefined) return
    const range = parseCidr(fixedCidr)?.subnet
    if (range && contains(subnet, { version: range.version, value: range.base }) && range.prefixLength >= subnet.prefixLength) return
    throw new EngineError('invalid', `invalid --fixed-cidr ${fixedCidr}: it must be a part of the bridge's subnet ${formatSubnet(subnet)}`)
  }

  async #freeAddress(): Promise<string> {
    const routes = (await hostRoutes(this.#options.bridge)).map((text) => parseCidr(text)?.subnet).filter((subnet) => subnet !== undefined)
    const { version, base, prefixLength } = freeSubnet(this.#options.defaultAddressPools, routes)
    return `${formatAddress({ version, value: base + 1n })}/${prefixLength}`
  }
}
