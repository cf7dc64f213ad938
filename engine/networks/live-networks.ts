import { EngineError } from '../errors.ts'
import { applyRuleset } from '../linux/nft.ts'
import { bridgeOptions } from './bridge-options.ts'
import { type BridgeRules, bridgesText } from './bridge-rules.ts'
import type { NameServers } from './dns/name-servers.ts'
import { withdrawUnneeded } from './foreign-firewall.ts'
import type { KernelNames } from './kernel-names.ts'
import { LiveNetwork } from './live-network.ts'
import type { Network } from './network.ts'
import type { NetworkOptions } from './network-options.ts'
import { checkLinks, lowerLink, raiseLink } from './raise-link.ts'

interface Parts {
  readonly names: KernelNames
  readonly options: NetworkOptions
  readonly nameServers: NameServers
}

/** The networks as they are in the kernel: their bridges, the rules for them, and who answers names there. */
export class LiveNetworks {
  readonly #names: KernelNames
  readonly #options: NetworkOptions
  readonly #nameServers: NameServers
  readonly #byId = new Map<string, LiveNetwork>()

  constructor({ names, options, nameServers }: Parts) {
    this.#names = names
    this.#options = options
    this.#nameServers = nameServers
  }

  /** Undefined for a network without interfaces of ours, and for one that could not be made sure of. */
  get(id: string): LiveNetwork | undefined {
    return this.#byId.get(id)
  }

  /** What a network would be. @throws EngineError `invalid` for a range that is no part of its subnet */
  planned(network: Network): LiveNetwork {
    return new LiveNetwork(network, bridgeOptions(network, this.#names, this.#options.mtu))
  }

  /**
   * Refuses what cannot be made, before it is.
   * @param others all networks that there are
   * @throws EngineError `forbidden` with docker's words
   */
  check(live: LiveNetwork, others: readonly Network[]): void {
    const { network, options, isBridge } = live
    const other = isBridge && [...this.#byId.values()].find((one) => one.isBridge && one.options.bridge === options.bridge)
    const label = (one: Network) => `${one.id} (${options.bridge})`
    if (other)
      throw new EngineError(
        'forbidden',
        `cannot create network ${label(network)}: conflicts with network ${label(other.network)}: networks have same bridge name`,
      )
    checkLinks(live, others)
  }

  /** One that somebody else has made sure of: the default bridge. */
  adopt(live: LiveNetwork): void {
    this.#byId.set(live.network.id, live)
  }

  /** Makes sure of a network; its rules are another matter. @see applyRules */
  async raise(network: Network): Promise<LiveNetwork> {
    const live = this.planned(network)
    await raiseLink(live, this.#options, this.#names)
    this.#byId.set(network.id, live)
    return live
  }

  /** @throws Error when the resolver's port at the gateway cannot be had */
  answerNames(live: LiveNetwork): Promise<void> {
    return this.#nameServers.open(live)
  }

  /** Takes it away again, with its rules. Idempotent. @param others all networks that there are */
  async lower(live: LiveNetwork, others: readonly Network[]): Promise<void> {
    this.#byId.delete(live.network.id)
    await this.#nameServers.close(live.network.id)
    await this.applyRules()
    await lowerLink(live, others, this.#names)
  }

  /** The rules of all bridges at once: each is kept apart from all others. */
  applyRules(): Promise<void> {
    return applyRuleset(bridgesText(this.#names.table, this.rules))
  }

  get rules(): BridgeRules[] {
    return [...this.#byId.values()].filter(({ isBridge }) => isBridge).map(({ rules }) => rules)
  }

  /** The daemon stops; everything stays but what only it can do. */
  async leave(): Promise<void> {
    await this.#nameServers.closeAll()
    for (const { isBridge, families, options } of this.#byId.values())
      if (isBridge) for (const family of families) await withdrawUnneeded(family, options.bridge)
  }
}
