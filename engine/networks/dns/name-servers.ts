import type { ConnectedContainers } from '../connected-containers.ts'
import { dnsNames, localAliases } from '../container-names.ts'
import type { LiveNetwork } from '../live-network.ts'
import { isPredefined } from '../network.ts'
import type { SandboxRequest } from '../sandbox.ts'
import { upstreamServers } from '../sandbox-files.ts'
import { placesOf, type Surroundings } from '../sandbox-view.ts'
import { NameServer } from './name-server.ts'
import type { NameScope, NameView } from './names.ts'

/** A name server for each bridge that a user made. */
export class NameServers {
  readonly #containers: ConnectedContainers
  readonly #surroundings: Surroundings
  readonly #byNetwork = new Map<string, NameServer>()

  constructor(containers: ConnectedContainers, surroundings: Surroundings) {
    this.#containers = containers
    this.#surroundings = surroundings
  }

  /** @throws Error when the gateway's port cannot be had */
  async open(live: LiveNetwork): Promise<void> {
    const { id } = live.network
    const gateway = live.poolOf(4)?.gateway
    if (!live.isBridge || gateway === undefined) return
    const server = new NameServer((source) => this.#viewFrom(id, source))
    this.#byNetwork.set(id, server)
    await server.listen(gateway)
  }

  async close(networkId: string): Promise<void> {
    await this.#byNetwork.get(networkId)?.close()
    this.#byNetwork.delete(networkId)
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#byNetwork.keys()].map((id) => this.close(id)))
  }

  #viewFrom(networkId: string, source: string): NameView | undefined {
    const asking = this.#containers.membersOf(networkId).find(({ endpoint }) => endpoint.ipAddress === source)
    return asking && this.#viewOf(asking.request)
  }

  #viewOf(request: SandboxRequest): NameView | undefined {
    const connected = this.#containers.get(request.containerId)
    if (!connected) return undefined
    const networks = placesOf(connected, this.#surroundings).map(({ live }) => live.network)
    // A container of internal networks only must not reach outside, and asking is reaching.
    const isEnclosed = networks.every(({ isInternal }) => isInternal)
    return {
      scopes: networks.filter((network) => !isPredefined(network)).map((network) => this.#scopeOf(network.id, network.name, localAliases(request, network))),
      upstreams: isEnclosed ? [] : upstreamServers(request, this.#surroundings.options),
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
