import { EngineError, messageOf } from '../errors.ts'
import { addInterface, listLinks, makeNetns, nameNetns, removeInterface, removeNetns, setDefaultRoutes } from '../linux/links.ts'
import { applyRulesetIn } from '../linux/nft.ts'
import type { Log } from '../log.ts'
import { settled } from '../settled.ts'
import type { Connected, ConnectedContainers } from './connected-containers.ts'
import { DNS_PORT } from './dns/name-server.ts'
import type { NameServers } from './dns/name-servers.ts'
import { allocateEndpoint, newId, plainEndpoint, refusedEndpoint } from './endpoints.ts'
import { defaultRoutes, type GatewayPlaces, gatewayPlaces, type Place } from './gateway-places.ts'
import type { LiveNetwork } from './live-network.ts'
import type { Network } from './network.ts'
import { type PortTargets, portTargets } from './port-targets.ts'
import { type PublishedPorts, retargeted } from './published-ports.ts'
import { attachedInterface, interfaceFor } from './raise-link.ts'
import { sandboxText } from './ruleset.ts'
import type { Endpoint, SandboxRecord, SandboxRequest } from './sandbox.ts'
import { placesOf, type Resolver, resolverOf, type Surroundings } from './sandbox-view.ts'

interface Parts {
  readonly containers: ConnectedContainers
  readonly ports: PublishedPorts
  readonly nameServers: NameServers
  readonly surroundings: Surroundings
  readonly log: Log
}

/**
 * Puts containers into networks and takes them out. What is about to be in the kernel is remembered first, so that
 * whoever starts after a crash finds it. One change of a container at a time: its lock is the caller's.
 */
export class Connections {
  readonly #containers: ConnectedContainers
  readonly #ports: PublishedPorts
  readonly #nameServers: NameServers
  readonly #surroundings: Surroundings
  readonly #log: Log

  constructor({ containers, ports, nameServers, surroundings, log }: Parts) {
    this.#containers = containers
    this.#ports = ports
    this.#nameServers = nameServers
    this.#surroundings = surroundings
    this.#log = log
  }

  /**
   * Makes the network of a container before its process starts: addresses, namespace, published ports.
   * Undone by {@link release}, also when this throws.
   * @param networks that of its mode first
   */
  async attach(request: SandboxRequest, networks: readonly Network[]): Promise<Connected> {
    const record = { sandboxId: newId(), endpoints: this.#allocateAll(request, networks), published: [] }
    // Known from here on, so that release finds it whatever fails below.
    const connected = this.#containers.remember(request, record)
    const places = placesOf(connected, this.#surroundings)
    if (places.length === 0) return connected
    const gateways = gatewayPlaces(places, request)
    try {
      const published = await this.#ports.reserve(request, portTargets(gateways))
      const complete = published.length > 0 ? this.#containers.remember(request, { ...record, published }) : connected
      // The slower one is still at work when the other has failed: whoever undoes this must find all of it.
      await settled([this.#makeNetns(connected, places, gateways), this.#ports.open(published)])
      return complete
    } catch (error) {
      throw setupFailure(request, gateways.ipv4 ?? gateways.ipv6 ?? places[0], error)
    }
  }

  /** Takes back everything that a container has. Idempotent. @returns the places that it had */
  async release(containerId: string): Promise<readonly Endpoint[]> {
    const { names } = this.#surroundings
    const connected = this.#containers.get(containerId)
    const links = await listLinks(names.linksOf(containerId))
    // An open socket keeps a namespace, and all interfaces in it.
    await this.#nameServers.closeInside(containerId)
    await Promise.all([this.#ports.close(containerId, connected?.record.published ?? []), removeNetns(names.netnsOf(containerId), links)])
    this.#containers.forget(containerId)
    for (const endpoint of connected?.record.endpoints ?? []) this.#surroundings.live(endpoint.networkId)?.release(endpoint)
    return connected?.record.endpoints ?? []
  }

  /**
   * Puts a running container into one more network.
   * @param request with what is asked of the new network, too
   * @throws EngineError with docker's words; then it is where it was
   */
  async connect(request: SandboxRequest, live: LiveNetwork): Promise<void> {
    const before = this.#connected(request.containerId)
    const endpoint = { ...allocateEndpoint(live, request, before.record.endpoints), isPlugged: false }
    this.#containers.remember(request, { ...before.record, endpoints: [...before.record.endpoints, endpoint] })
    try {
      await this.#plug(request.containerId, endpoint)
    } catch (error) {
      await this.unplug(before.request, endpoint).catch((cause: unknown) =>
        this.#log.error('a connection could not be undone', { container: request.containerId, network: live.network.name, error: messageOf(cause) }),
      )
      throw setupFailure(request, { live, endpoint }, error)
    }
  }

  /** Finishes, at start, a connect that was cut off, however far it had come. */
  async replug(containerId: string, endpoint: Endpoint): Promise<void> {
    const { names, live } = this.#surroundings
    const place = live(endpoint.networkId)
    if (place) await removeInterface(names.netnsOf(containerId), attachedInterface({ live: place, endpoint }, containerId, names))
    await this.#plug(containerId, endpoint)
  }

  /** The part of a connect after its record. */
  async #plug(containerId: string, endpoint: Endpoint): Promise<void> {
    const { names } = this.#surroundings
    const before = this.#connected(containerId)
    const live = this.#surroundings.live(endpoint.networkId)
    if (!live) throw new EngineError('not-found', `network ${endpoint.networkId} not found`)
    // A container that was in no network has a namespace that the runtime made.
    if (before.request.pid !== undefined) await nameNetns(names.netnsOf(containerId), before.request.pid)
    await addInterface(names.netnsOf(containerId), interfaceFor({ live, endpoint }, before.request, names))
    const places = placesOf(before, this.#surroundings)
    await this.#movePorts(containerId, places)
    await this.#lead(before, places)
    const { request, record } = this.#connected(containerId)
    const endpoints = record.endpoints.map((one) => (one.endpointId === endpoint.endpointId ? { ...one, isPlugged: true } : one))
    this.#containers.remember(request, { ...record, endpoints })
  }

  /**
   * Takes a running container out of a network; also what is done at start for a disconnect that was cut off.
   * @param request without the network
   */
  async unplug(request: SandboxRequest, endpoint: Endpoint): Promise<void> {
    const { names } = this.#surroundings
    const { containerId } = request
    const live = this.#surroundings.live(endpoint.networkId)
    const without = ({ record }: Connected) => ({
      request,
      record: { ...record, endpoints: record.endpoints.filter(({ endpointId }) => endpointId !== endpoint.endpointId) },
    })
    const after = without(this.#connected(containerId))
    const places = placesOf(after, this.#surroundings)
    try {
      await this.#movePorts(containerId, places)
    } catch (error) {
      await this.#movePortsBack(containerId)
      throw error
    }
    if (live) {
      await removeInterface(names.netnsOf(containerId), attachedInterface({ live, endpoint }, containerId, names))
      await this.#lead(after, places)
    }
    this.#containers.remember(request, without(this.#connected(containerId)).record)
    live?.release(endpoint)
  }

  /** Takes over a container that ran while the daemon was away. */
  async resume(request: SandboxRequest, record: SandboxRecord): Promise<void> {
    for (const endpoint of record.endpoints) this.#surroundings.live(endpoint.networkId)?.resume(endpoint)
    // A move of the ports may have been cut off: they are led to where the container is reached for sure.
    const targets = this.#targetsOf({ request, record })
    const published = retargeted(record.published, targets)
    // With a place that is not plugged, they may have been published for one that it gave or takes: then they are not moved, but published anew.
    const isWhole = record.endpoints.every(({ isPlugged }) => isPlugged)
    this.#containers.remember(request, { ...record, published })
    await this.#ports.resume(
      request.containerId,
      published.filter(({ target }) => target !== ''),
      isWhole ? targets : undefined,
    )
  }

  /** Opens the resolver inside a container again, whose rules still lead to it. @throws Error when it cannot be had */
  async answerNames(containerId: string): Promise<void> {
    if (resolverOf(this.#connected(containerId), this.#surroundings)?.isInside)
      await this.#nameServers.openInside(containerId, this.#surroundings.names.netnsOf(containerId))
  }

  /** Where the ports of a container can be led to: by interfaces that are there. */
  #targetsOf(connected: Connected): PortTargets {
    const places = placesOf(connected, this.#surroundings).filter(({ endpoint }) => endpoint.isPlugged)
    return portTargets(gatewayPlaces(places, connected.request))
  }

  #connected(containerId: string): Connected {
    const connected = this.#containers.get(containerId)
    if (!connected) throw new EngineError('conflict', `container ${containerId} is not running`)
    return connected
  }

  #allocateAll(request: SandboxRequest, networks: readonly Network[]): Endpoint[] {
    const endpoints: Endpoint[] = []
    try {
      for (const network of networks) {
        const live = this.#surroundings.live(network.id)
        if (network.isConfigOnly) throw refusedEndpoint()
        if (!live && network.driver !== 'host' && network.driver !== 'null')
          throw new EngineError('system', `network ${network.name} is not there: see the daemon's log`)
        endpoints.push(live ? allocateEndpoint(live, request, endpoints) : plainEndpoint(network))
      }
      return endpoints
    } catch (error) {
      for (const endpoint of endpoints) this.#surroundings.live(endpoint.networkId)?.release(endpoint)
      throw new EngineError(error instanceof EngineError ? error.kind : 'system', `failed to set up container networking: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  async #makeNetns(connected: Connected, places: readonly Place[], gateways: GatewayPlaces): Promise<void> {
    const { names } = this.#surroundings
    const { containerId } = connected.request
    const interfaces = places.map((place) => interfaceFor(place, connected.request, names))
    await makeNetns(names.netnsOf(containerId), interfaces, defaultRoutes(gateways))
    const resolver = resolverOf(connected, this.#surroundings)
    if (resolver) await this.#leadToResolver(containerId, resolver)
  }

  /** Routes and the way to the resolver, for the places that a running container has now. */
  async #lead(connected: Connected, places: readonly Place[]): Promise<void> {
    const { containerId } = connected.request
    const routes = defaultRoutes(gatewayPlaces(places, connected.request))
    if (routes.length > 0) await setDefaultRoutes(this.#surroundings.names.netnsOf(containerId), routes)
    await this.#leadToResolver(containerId, resolverOf(connected, this.#surroundings))
  }

  async #leadToResolver(containerId: string, resolver: Resolver | undefined): Promise<void> {
    const netns = this.#surroundings.names.netnsOf(containerId)
    if (resolver?.isInside) await this.#nameServers.openInside(containerId, netns)
    await applyRulesetIn(netns, sandboxText(resolver && { address: resolver.address, port: DNS_PORT }))
    if (!resolver?.isInside) await this.#nameServers.closeInside(containerId)
  }

  /**
   * Published ports are led to where a container is reached now. What the kernel has of them is remembered at once: whoever undoes
   * what comes next must find them.
   */
  async #movePorts(containerId: string, places: readonly Place[]): Promise<void> {
    const { request, record } = this.#connected(containerId)
    const targets = portTargets(gatewayPlaces(places, request))
    if (record.published.length > 0 && this.#ports.canMove(containerId, targets)) {
      this.#containers.remember(request, { ...record, published: await this.#ports.move(containerId, record.published, targets) })
      return
    }
    await this.#ports.close(containerId, record.published)
    this.#containers.remember(request, { ...record, published: [] })
    const published = await this.#ports.reserve(request, targets)
    await this.#ports.open(published)
    this.#containers.remember(request, { ...record, published })
  }

  /** Publishes again, for a container that stays where it is, what a move that failed has closed. */
  async #movePortsBack(containerId: string): Promise<void> {
    await this.#movePorts(containerId, placesOf(this.#connected(containerId), this.#surroundings)).catch((cause: unknown) =>
      this.#log.error('published ports could not be moved back', { container: containerId, error: messageOf(cause) }),
    )
  }
}

function setupFailure({ containerName }: SandboxRequest, place: Place | undefined, error: unknown): EngineError {
  const words = `driver failed programming external connectivity on endpoint ${containerName} (${place?.endpoint.endpointId ?? ''}): ${messageOf(error)}`
  return new EngineError('system', `failed to set up container networking: ${words}`, { cause: error })
}
