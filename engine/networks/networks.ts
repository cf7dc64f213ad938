import { EngineError, messageOf } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import { hostRoutes, linkExists } from '../linux/links.ts'
import type { NamespaceSource } from '../linux/oci.ts'
import { Lock } from '../lock.ts'
import type { Log } from '../log.ts'
import type { NetworkRepository } from '../state/networks.ts'
import { parseCidr } from './addresses.ts'
import { completeNetwork } from './complete-network.ts'
import { configured } from './configuration.ts'
import { type Connected, ConnectedContainers } from './connected-containers.ts'
import { Connections } from './connections.ts'
import type { NetworkRequest } from './create-request.ts'
import { DefaultBridge } from './default-bridge.ts'
import { NameServers } from './dns/name-servers.ts'
import type { EndpointSettings } from './endpoint-settings.ts'
import { checkEndpoint, refusedEndpoint } from './endpoints.ts'
import { FirstUse } from './first-use.ts'
import { KernelNames } from './kernel-names.ts'
import { LiveNetworks } from './live-networks.ts'
import { isPredefined, type Network, plainNetwork } from './network.ts'
import type { NetworkOptions } from './network-options.ts'
import { NetworkStore } from './network-store.ts'
import type { OuterHost } from './outer-host.ts'
import { PublishedPorts } from './published-ports.ts'
import { switchForwardingOn } from './raise-link.ts'
import { type Refused, reattach } from './reattach.ts'
import type { Endpoint, NamedEndpoint, Sandbox, SandboxRequest } from './sandbox.ts'
import { ownFiles, type SandboxFiles } from './sandbox-files.ts'
import { filesView, hostGateways, type Surroundings, sandboxView } from './sandbox-view.ts'

interface Parts {
  readonly repository: NetworkRepository
  readonly events: EventBus
  readonly log: Log
  /** Four hex digits, stable for a data root. @see KernelNames */
  readonly prefix: string
  readonly options: NetworkOptions
  /** In a virtual machine: the computer that publishes ports. */
  readonly outerHost?: OuterHost
}

/** A container in a network, for those who list them. */
export interface Member {
  readonly containerId: string
  readonly endpoint: NamedEndpoint
}

/** The networks of this daemon, and its containers in them. */
export class Networks {
  readonly store: NetworkStore
  readonly #isInVm: boolean
  readonly #events: EventBus
  readonly #log: Log
  readonly #options: NetworkOptions
  readonly #bridge: DefaultBridge
  readonly #ports: PublishedPorts
  readonly #containers: ConnectedContainers
  readonly #connections: Connections
  readonly #surroundings: Surroundings
  readonly #live: LiveNetworks
  /** Lists ask again and again; what is connected is replaced when it changes. */
  readonly #views = new WeakMap<Connected, Sandbox>()
  /** One network comes or goes at a time: each looks at all others. */
  readonly #changes = new Lock()
  /** What is left of the start for whoever comes first to need it. */
  #rest: FirstUse | undefined

  constructor({ repository, events, log, prefix, options, outerHost }: Parts) {
    this.store = new NetworkStore(repository)
    this.#isInVm = outerHost !== undefined
    this.#events = events
    this.#log = log
    this.#options = options
    const names = new KernelNames(prefix)
    this.#bridge = new DefaultBridge(options, names)
    this.#ports = new PublishedPorts(log, names.table, outerHost)
    this.#containers = new ConnectedContainers(repository)
    this.#surroundings = { names, options, network: (id) => this.store.find(id), live: (id) => this.#live.get(id) }
    const nameServers = new NameServers(this.#containers, this.#surroundings)
    this.#connections = new Connections({ containers: this.#containers, ports: this.#ports, nameServers, surroundings: this.#surroundings, log })
    this.#live = new LiveNetworks({ names, options, nameServers })
  }

  /**
   * Makes sure of all networks; in a virtual machine that has just booted, where nobody looks at bridges, when the first container needs one.
   * @throws EngineError `conflict` when another daemon that runs has the bridge, `invalid` for options that cannot be
   */
  async start(): Promise<void> {
    const bridge = await this.#bridge.claim(this.store.named('bridge'))
    this.store.save(bridge)
    for (const name of ['host', 'none'] as const) if (!this.store.named(name)) this.store.save(plainNetwork(name))
    if (!this.#isInVm || linkExists(this.#options.bridge)) return this.#raise(bridge)
    await switchForwardingOn(this.#live.planned(bridge), this.#options)
    this.#rest = new FirstUse(async () => {
      await this.#raise(bridge)
      await this.#takeOver([])
    })
  }

  async #raise(bridge: Network): Promise<void> {
    this.#live.adopt(await this.#bridge.raise(bridge))
    for (const network of this.store.all().filter((one) => !isPredefined(one) && !one.isConfigOnly)) {
      // One network that cannot be must not keep the daemon, and with it all others, from starting.
      const complain = (what: string) => (error: unknown) => this.#log.error(what, { network: network.name, error: messageOf(error) })
      const live = await this.#live.raise(network).catch(complain('a network could not be made sure of: its containers cannot start'))
      if (live) await this.#live.answerNames(live).catch(complain('names in a network cannot be answered'))
    }
  }

  /** The daemon stops; containers keep their addresses, rules and namespaces. */
  async stop(): Promise<void> {
    await Promise.all([this.#ports.releaseAll(), this.#live.leave()])
    await this.#bridge.leave()
  }

  /**
   * Makes a network. The intent is durable before the kernel is touched.
   * @throws EngineError with docker's words
   * @see Engine API 1.51 NetworkCreate
   */
  create(request: NetworkRequest): Promise<Network> {
    return this.#changes.run(async () => {
      await this.#rest?.done()
      if (this.store.named(request.name)) throw new EngineError('conflict', `network with name ${request.name} already exists`)
      const others = this.store.all()
      const routes = (await hostRoutes()).map((text) => parseCidr(text)?.subnet).filter((subnet) => subnet !== undefined)
      const network = completeNetwork(configured(request, others), { others, routes, pools: this.#options.defaultAddressPools })
      if (network.isConfigOnly) this.store.save(network)
      else await this.#make(network)
      this.#publish('create', network)
      return network
    })
  }

  async #make(network: Network): Promise<void> {
    const live = this.#live.planned(network)
    this.#live.check(live, this.store.all())
    this.store.save(network)
    try {
      await this.#live.answerNames(await this.#live.raise(network))
      await this.#live.applyRules()
    } catch (error) {
      await this.#live
        .lower(live, this.store.all())
        .catch((cause: unknown) => this.#log.error('a network could not be taken away again', { network: network.name, error: messageOf(cause) }))
      this.store.forget(network)
      throw error
    }
  }

  /**
   * Removes a network without containers that run.
   * @throws EngineError `forbidden` with docker's words
   * @see Engine API 1.51 NetworkDelete
   */
  remove(network: Network): Promise<void> {
    return this.#changes.run(async () => {
      await this.#rest?.done()
      if (isPredefined(network)) throw new EngineError('forbidden', `${network.name} is a pre-defined network and cannot be removed`)
      if (this.store.find(network.id) !== network) throw new EngineError('not-found', `network ${network.id} not found`)
      const members = this.#containers
        .membersOf(network.id)
        .map(({ request, endpoint }) => `name:"${request.containerName}" id:"${endpoint.endpointId.slice(0, 12)}"`)
      if (members.length > 0)
        throw new EngineError('forbidden', `error while removing network: network ${network.name} has active endpoints (${members.join(', ')})`)
      if (network.isConfigOnly) {
        // Sic: nobody is told.
        this.#removeConfiguration(network)
        return
      }
      await this.#live.lower(this.#live.planned(network), this.store.all())
      this.store.forget(network)
      this.#publish('destroy', network)
    })
  }

  #removeConfiguration(network: Network): void {
    if (this.store.all().some(({ configFrom }) => configFrom === network.name))
      throw new EngineError('forbidden', `error while removing network: configuration network ${JSON.stringify(network.name)} is in use`)
    this.store.forget(network)
  }

  /** The place of a running container. */
  sandboxOf(containerId: string): Sandbox | undefined {
    const connected = this.#containers.get(containerId)
    if (!connected) return undefined
    const view = this.#views.get(connected) ?? sandboxView(connected, this.#surroundings)
    this.#views.set(connected, view)
    return view
  }

  /** The running containers in a network. */
  membersOf(network: Network): Member[] {
    return this.#containers.membersOf(network.id).flatMap(({ request: { containerId } }) => {
      const endpoint = this.sandboxOf(containerId)?.endpoints.get(network.name)
      return endpoint ? [{ containerId, endpoint }] : []
    })
  }

  /** Refuses wishes that can never be. @throws EngineError `invalid` with docker's words */
  check(network: Network, settings: EndpointSettings): void {
    checkEndpoint(network, settings)
  }

  isInUse(network: Network): boolean {
    return this.#containers.membersOf(network.id).length > 0
  }

  /**
   * Gives a container its place before its process starts: addresses, namespace, published ports.
   * Undone by {@link release}, also when this throws.
   * @throws EngineError with docker's words
   */
  async attach(request: SandboxRequest): Promise<NamespaceSource> {
    await this.#rest?.done()
    if (request.networkMode.startsWith('container:')) return donorNamespace(request)
    const connected = await this.#connections.attach(request, this.#networksOf(request))
    return sandboxView(connected, this.#surroundings).network
  }

  /** What a container reads of its networks, as they are now. */
  filesFor(request: SandboxRequest): SandboxFiles {
    const connected = this.#containers.get(request.donor?.id ?? request.containerId)
    if (connected) return filesView(connected, this.#surroundings)
    return ownFiles(request, this.#options, hostGateways(this.#surroundings), { endpoints: [], hasNames: false })
  }

  /** Takes back everything that {@link attach} gave. Idempotent. */
  async release(containerId: string): Promise<void> {
    for (const endpoint of await this.#connections.release(containerId)) this.#announce('disconnect', containerId, endpoint)
  }

  /** After the container's other preparations: docker announces the connection right before the start. */
  announceConnect(containerId: string): void {
    for (const endpoint of this.#containers.get(containerId)?.record.endpoints ?? []) this.#announce('connect', containerId, endpoint)
  }

  /**
   * Puts a running container into one more network.
   * @param request with what is asked of it, too
   * @throws EngineError with docker's words; then the container is where it was
   */
  async connect(request: SandboxRequest, network: Network): Promise<void> {
    await this.#rest?.done()
    const live = this.#live.get(network.id)
    if (network.isConfigOnly) throw refusedEndpoint()
    if (!live) throw new EngineError('not-found', `network ${network.name} not found`)
    await this.#connections.connect(request, live)
    this.#announceIn('connect', request.containerId, network)
  }

  /** Takes a running container out of a network, if it is in it. @param request without that network */
  async disconnect(request: SandboxRequest, network: Network): Promise<void> {
    const endpoint = this.#endpointIn(request.containerId, network)
    if (!endpoint) return
    await this.#connections.unplug(request, endpoint)
    this.#announce('disconnect', request.containerId, endpoint)
  }

  /** A container is called something else: its names change at once. */
  rename(request: SandboxRequest): void {
    this.#containers.rename(request)
  }

  /** Called once, at start, after {@link start}. @param running requests of the containers that run. @see reattach */
  async reattach(running: readonly SandboxRequest[]): Promise<Refused[]> {
    if (this.#rest && running.length === 0) return []
    await this.#rest?.done()
    return this.#takeOver(running)
  }

  #takeOver(running: readonly SandboxRequest[]): Promise<Refused[]> {
    const { store } = this
    const { names } = this.#surroundings
    return reattach({ store, live: this.#live, containers: this.#containers, connections: this.#connections, names, log: this.#log }, running)
  }

  /** The networks that a container is to be in, that of its mode first. */
  #networksOf({ networkMode, endpoints }: SandboxRequest): Network[] {
    const asked = Object.keys(endpoints)
    const networks = (asked.length > 0 ? asked : [networkMode]).map((reference) => {
      const network = this.store.find(reference)
      if (!network) throw new EngineError('not-found', `failed to set up container networking: network ${reference} not found`)
      return network
    })
    const ofMode = this.store.find(networkMode)
    return [...new Set(networks)].sort((a, b) => Number(b === ofMode) - Number(a === ofMode))
  }

  #endpointIn(containerId: string, { id }: Network): Endpoint | undefined {
    return this.#containers.get(containerId)?.record.endpoints.find(({ networkId }) => networkId === id)
  }

  #announceIn(action: 'connect' | 'disconnect', containerId: string, network: Network): void {
    const endpoint = this.#endpointIn(containerId, network)
    if (endpoint) this.#announce(action, containerId, endpoint)
  }

  #announce(action: 'connect' | 'disconnect', containerId: string, { networkId }: Endpoint): void {
    const network = this.store.find(networkId)
    this.#events.publish('network', action, networkId, { container: containerId, name: network?.name ?? '', type: network?.driver ?? 'bridge' })
  }

  #publish(action: 'create' | 'destroy', { id, name, driver }: Network): void {
    this.#events.publish('network', action, id, { name, type: driver })
  }
}

/** The namespace is found by the donor's process: it may be the host's own, or one that the runtime made. */
function donorNamespace({ donor, networkMode }: SandboxRequest): NamespaceSource {
  if (!donor) throw new EngineError('system', `joining network namespace of container: No such container: ${networkMode.slice('container:'.length)}`)
  if (donor.pid === undefined)
    throw new EngineError('conflict', `cannot join network namespace of a non running container: container ${donor.name} is ${donor.status}`)
  return { kind: 'path', path: `/proc/${donor.pid}/ns/net` }
}
