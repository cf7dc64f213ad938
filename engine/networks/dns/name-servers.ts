import { openSocketsIn } from '../../linux/netns-sockets.ts'
import { Slots } from '../../slots.ts'
import type { ConnectedContainers } from '../connected-containers.ts'
import { dnsNames, localAliases } from '../container-names.ts'
import type { LiveNetwork } from '../live-network.ts'
import { isPredefined } from '../network.ts'
import { upstreamServers } from '../sandbox-files.ts'
import { placesOf, type Surroundings } from '../sandbox-view.ts'
import { isEnclosed } from '../sub-interface.ts'
import { DNS_ADDRESS } from '../text-files.ts'
import { DNS_PORT, NameServer } from './name-server.ts'
import type { NameScope, NameView } from './names.ts'

/** So many namespaces are entered at a time, each by a program of its own. */
const MOST_OPENERS = 4

/** How long it may take to open sockets in a namespace. */
const OPENING_MS = 30_000

/** A server inside a container, on its way or there. */
interface Inside {
  readonly closing: AbortController
  readonly server: Promise<NameServer>
}

/** A name server for each bridge of a user's whose gateway is the host in IPv4, and one inside each container that is on other networks only. */
export class NameServers {
  readonly #containers: ConnectedContainers
  readonly #surroundings: Surroundings
  readonly #byNetwork = new Map<string, NameServer>()
  readonly #byContainer = new Map<string, Inside>()
  readonly #openers = new Slots(MOST_OPENERS)

  constructor(containers: ConnectedContainers, surroundings: Surroundings) {
    this.#containers = containers
    this.#surroundings = surroundings
  }

  /** @throws Error when the gateway's port cannot be had */
  async open(live: LiveNetwork): Promise<void> {
    const { id } = live.network
    const gateway = live.resolverAddress
    if (gateway === undefined) return
    const server = new NameServer((source) => this.#viewFrom(id, source))
    this.#byNetwork.set(id, server)
    await server.listen(gateway)
  }

  async close(networkId: string): Promise<void> {
    await this.#byNetwork.get(networkId)?.close()
    this.#byNetwork.delete(networkId)
  }

  /**
   * Answers a container at 127.0.0.11 of its own, where rules lead what it asks. Idempotent.
   * @throws Error when the port cannot be had there, or {@link closeInside} was quicker
   */
  async openInside(containerId: string, netns: string): Promise<void> {
    const inside = this.#byContainer.get(containerId) ?? this.#begin(containerId, netns)
    this.#byContainer.set(containerId, inside)
    try {
      await inside.server
    } catch (error) {
      if (this.#byContainer.get(containerId) === inside) this.#byContainer.delete(containerId)
      throw error
    }
  }

  /** Idempotent. */
  async closeInside(containerId: string): Promise<void> {
    const inside = this.#byContainer.get(containerId)
    this.#byContainer.delete(containerId)
    inside?.closing.abort()
    const server = await inside?.server.catch(() => undefined) // Whoever opened it was told.
    await server?.close()
  }

  /** The daemon stops. Servers that are on their way are waited for: whoever connects a container meanwhile is answered as ever. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#byNetwork.keys()].map((id) => this.close(id)))
    await Promise.all(
      [...this.#byContainer].map(async ([containerId, { server }]) => {
        await server.catch(() => undefined) // Whoever opened it was told.
        await this.closeInside(containerId)
      }),
    )
  }

  #begin(containerId: string, netns: string): Inside {
    const closing = new AbortController()
    const open = async () => {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(OPENING_MS)])
      const sockets = await openSocketsIn(netns, { host: DNS_ADDRESS, port: DNS_PORT }, signal)
      return new NameServer(() => this.#viewOf(containerId), sockets)
    }
    return { closing, server: this.#openers.run(open, () => {}) }
  }

  #viewFrom(networkId: string, source: string): NameView | undefined {
    const asking = this.#containers.membersOf(networkId).find(({ endpoint }) => endpoint.ipAddress === source)
    return asking && this.#viewOf(asking.request.containerId)
  }

  #viewOf(containerId: string): NameView | undefined {
    const connected = this.#containers.get(containerId)
    if (!connected) return undefined
    const { request } = connected
    const networks = placesOf(connected, this.#surroundings).map(({ live }) => live.network)
    // A container of enclosed networks only must not reach outside, and asking is reaching.
    const isShutOff = networks.every(isEnclosed)
    return {
      scopes: networks.filter((network) => !isPredefined(network)).map((network) => this.#scopeOf(network.id, network.name, localAliases(request, network))),
      upstreams: isShutOff ? [] : upstreamServers(request, this.#surroundings.options),
    }
  }

  #scopeOf(networkId: string, name: string, aliases: NameScope['localAliases']): NameScope {
    const members = this.#containers.membersOf(networkId).flatMap(({ request, endpoint }) => {
      const network = this.#surroundings.network(networkId)
      const addresses = [endpoint.ipAddress, endpoint.ipv6Address].filter((address) => address !== '')
      return network ? [{ names: dnsNames(request, network), addresses }] : []
    })
    return { network: name, members, localAliases: aliases }
  }
}
