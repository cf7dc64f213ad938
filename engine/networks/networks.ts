import { randomBytes } from 'node:crypto'
import { EngineError, messageOf } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import { connectNetns, isolateLinks, listLinks, listNetns, netnsPath, removeLink, removeNetns } from '../linux/links.ts'
import type { Log } from '../log.ts'
import type { NetworkRepository } from '../state/networks.ts'
import { macFor, parseAddress } from './addresses.ts'
import { DefaultBridge } from './default-bridge.ts'
import { KernelNames } from './kernel-names.ts'
import { type Network, plainNetwork } from './network.ts'
import type { NetworkOptions } from './network-options.ts'
import { NetworkStore } from './network-store.ts'
import { portMapOf } from './ports.ts'
import { PublishedPorts } from './published-ports.ts'
import type { Endpoint, Sandbox, SandboxRecord, SandboxRequest } from './sandbox.ts'
import { hostFiles, ownFiles } from './sandbox-files.ts'

interface Parts {
  readonly repository: NetworkRepository
  readonly events: EventBus
  readonly log: Log
  /** Four hex digits, stable for a data root. @see KernelNames */
  readonly prefix: string
  readonly options: NetworkOptions
}

interface Connected {
  readonly record: SandboxRecord
  readonly sandbox: Sandbox
}

/**
 * The containers of this daemon in their networks.
 *
 * Not yet: networks made by users.
 */
export class Networks {
  readonly store: NetworkStore
  readonly #repository: NetworkRepository
  readonly #events: EventBus
  readonly #log: Log
  readonly #options: NetworkOptions
  readonly #names: KernelNames
  readonly #bridge: DefaultBridge
  readonly #ports: PublishedPorts
  readonly #connected = new Map<string, Connected>()

  constructor({ repository, events, log, prefix, options }: Parts) {
    this.store = new NetworkStore(repository)
    this.#repository = repository
    this.#events = events
    this.#log = log
    this.#options = options
    this.#names = new KernelNames(prefix)
    this.#bridge = new DefaultBridge(options, this.#names)
    this.#ports = new PublishedPorts(log, options.ip)
  }

  /**
   * Makes sure of the predefined networks.
   * @throws EngineError `conflict` when another daemon that runs has the bridge, `invalid` for options that cannot be
   */
  async start(): Promise<void> {
    const bridge = await this.#bridge.claim(this.store.named('bridge'))
    this.store.save(bridge)
    for (const name of ['host', 'none'] as const) if (!this.store.named(name)) this.store.save(plainNetwork(name))
    await this.#bridge.raise(bridge)
  }

  /** The daemon stops; containers keep their addresses, rules and namespaces. */
  async stop(): Promise<void> {
    await this.#ports.releaseAll()
    await this.#bridge.leave()
  }

  /** The place of a running container. */
  sandboxOf(containerId: string): Sandbox | undefined {
    return this.#connected.get(containerId)?.sandbox
  }

  /** The running containers in a network. */
  membersOf(network: Network): { containerId: string; endpoint: Endpoint }[] {
    return [...this.#connected].flatMap(([containerId, { sandbox }]) => {
      const endpoint = sandbox.endpoints.get(network.name)
      return endpoint ? [{ containerId, endpoint }] : []
    })
  }

  /**
   * Gives a container its place before its process starts: address, namespace, published ports.
   * Undone by {@link release}, also when this throws.
   * @throws EngineError with docker's words
   */
  async attach(request: SandboxRequest): Promise<Sandbox> {
    const { networkMode } = request
    if (networkMode.startsWith('container:')) return this.#join(request)
    const network = this.store.find(networkMode)
    if (!network) throw new EngineError('not-found', `failed to set up container networking: network ${networkMode} not found`)
    if (network.driver === 'bridge') return this.#connect(request, network)
    const record = { sandboxId: newId(), endpoint: this.#newEndpoint(network, '', ''), published: [] }
    return this.#remember(request, record, network).sandbox
  }

  /** Takes back everything that {@link attach} gave. Idempotent. */
  async release(containerId: string): Promise<void> {
    const connected = this.#connected.get(containerId)
    this.#connected.delete(containerId)
    await Promise.all([
      this.#ports.close(containerId, this.#bridge.rules, connected?.record),
      removeNetns(this.#names.netnsOf(containerId), this.#names.linkOf(containerId)),
    ])
    this.#repository.deleteSandbox(containerId)
    if (!connected) return
    if (connected.record.endpoint.ipAddress !== '') this.#bridge.releaseAddress(connected.record.endpoint.ipAddress)
    this.#announce('disconnect', containerId, connected.sandbox)
  }

  /** After the container's other preparations: docker announces the connection right before the start. */
  announceConnect(containerId: string): void {
    const sandbox = this.sandboxOf(containerId)
    if (sandbox) this.#announce('connect', containerId, sandbox)
  }

  /**
   * The daemon is back: takes over the places of containers that still run, and removes what belongs to nobody.
   * @param live requests of the containers that run
   */
  async reattach(live: readonly SandboxRequest[]): Promise<void> {
    const records = new Map(this.#repository.sandboxes().map(({ containerId, spec }) => [containerId, JSON.parse(spec) as SandboxRecord])) // Written by this class.
    for (const request of live) {
      const record = records.get(request.containerId)
      if (record) await this.#resume(request, record)
    }
    const liveIds = new Set(live.map(({ containerId }) => containerId))
    for (const containerId of records.keys()) if (!liveIds.has(containerId)) this.#repository.deleteSandbox(containerId)
    await this.#removeStrays([...liveIds])
    await this.#ports.rebuild(
      this.#bridge.rules,
      [...this.#connected.values()].map(({ record }) => record),
    )
  }

  async #removeStrays(liveIds: readonly string[]): Promise<void> {
    const namespaces = new Set(liveIds.map((id) => this.#names.netnsOf(id)))
    for (const name of await listNetns(this.#names.netnsStart)) if (!namespaces.has(name)) await removeNetns(name)
    const kept = new Set(liveIds.map((id) => this.#names.linkOf(id)))
    const links = await listLinks(this.#names.linkStart)
    // The namespace took its link along, sooner or later.
    for (const name of links) if (!kept.has(name)) await removeLink(name).catch((error: unknown) => this.#log.debug(messageOf(error)))
    const keptLinks = links.filter((name) => kept.has(name))
    await isolateLinks(keptLinks, !this.#options.icc)
  }

  async #connect(request: SandboxRequest, network: Network): Promise<Sandbox> {
    const { containerId } = request
    const endpoint = this.#bridgeEndpoint(request, network)
    const sandboxId = newId()
    // Known from here on, so that release finds it whatever fails below.
    this.#remember(request, { sandboxId, endpoint, published: [] }, network)
    try {
      const published = await this.#ports.reserve(request, endpoint.ipAddress)
      const { record, sandbox } = this.#remember(request, { sandboxId, endpoint, published }, network)
      await Promise.all([this.#plugIn(containerId, network, endpoint), this.#ports.open(this.#bridge.rules, record)])
      return sandbox
    } catch (error) {
      const words = `driver failed programming external connectivity on endpoint ${request.containerName} (${endpoint.endpointId}): ${messageOf(error)}`
      throw new EngineError('system', `failed to set up container networking: ${words}`, { cause: error })
    }
  }

  #plugIn(containerId: string, network: Network, endpoint: Endpoint): Promise<void> {
    const { bridge, mtu, icc } = this.#options
    return connectNetns({
      netns: this.#names.netnsOf(containerId),
      hostLink: this.#names.linkOf(containerId),
      bridge,
      mtu,
      macAddress: endpoint.macAddress,
      address: `${endpoint.ipAddress}/${endpoint.prefixLength}`,
      gateway: network.isInternal ? undefined : endpoint.gateway,
      isIsolated: !icc,
    })
  }

  #bridgeEndpoint(request: SandboxRequest, network: Network): Endpoint {
    const asked = request.endpoints[network.name] ?? request.endpoints[network.id]
    if (asked?.IPAMConfig?.IPv4Address) {
      throw new EngineError('invalid', 'invalid endpoint settings:\nuser specified IP address is supported on user defined networks only')
    }
    const address = this.#bridge.nextAddress()
    if (address !== undefined) return this.#newEndpoint(network, address, asked?.MacAddress || macFor(parseAddress(address) ?? 0))
    const words = `no available IPv4 addresses on this network's address pools: ${network.name} (${network.id})`
    throw new EngineError('system', `failed to set up container networking: ${words}`)
  }

  #newEndpoint({ id, subnet, gateway }: Network, ipAddress: string, macAddress: string): Endpoint {
    return { networkId: id, endpointId: newId(), ipAddress, prefixLength: Number(subnet.split('/')[1] ?? 0), gateway, macAddress, dnsNames: [] }
  }

  #remember(request: SandboxRequest, record: SandboxRecord, network: Network): Connected {
    const { endpoint, published, sandboxId } = record
    const connected: Connected = {
      record,
      sandbox: {
        sandboxId,
        network: this.#namespaceOf(request.containerId, network),
        endpoints: new Map([[network.name, endpoint]]),
        ports: network.driver === 'bridge' ? portMapOf(published, request.exposedPorts) : {},
        ...this.#filesOf(request, network, endpoint),
      },
    }
    this.#connected.set(request.containerId, connected)
    this.#repository.saveSandbox(request.containerId, JSON.stringify(record))
    return connected
  }

  #namespaceOf(containerId: string, { driver }: Network): Sandbox['network'] {
    if (driver === 'host') return { kind: 'host' }
    return driver === 'null' ? { kind: 'own' } : { kind: 'path', path: netnsPath(this.#names.netnsOf(containerId)) }
  }

  #filesOf(request: SandboxRequest, { driver }: Network, { ipAddress }: Endpoint) {
    const gateway = this.store.get('bridge').gateway
    return driver === 'host' ? hostFiles(request, this.#options, gateway) : ownFiles(request, this.#options, gateway, ipAddress || undefined)
  }

  async #resume(request: SandboxRequest, record: SandboxRecord): Promise<void> {
    const network = this.store.find(record.endpoint.networkId)
    if (!network) return
    this.#remember(request, record, network)
    if (network.driver !== 'bridge') return
    this.#bridge.takeAddress(record.endpoint.ipAddress)
    await this.#ports.resume(request.containerId, record)
  }

  /** The namespace is found by the donor's process: it may be the host's own, or one that the runtime made. */
  #join(request: SandboxRequest): Sandbox {
    const { donor } = request
    if (!donor) throw new EngineError('system', `joining network namespace of container: No such container: ${request.networkMode.slice('container:'.length)}`)
    if (donor.pid === undefined)
      throw new EngineError('conflict', `cannot join network namespace of a non running container: container ${donor.name} is ${donor.status}`)
    const own = ownFiles(request, this.#options, this.store.get('bridge').gateway, undefined)
    const { hostsFile, resolvConf } = this.sandboxOf(donor.id) ?? own
    return { sandboxId: '', network: { kind: 'path', path: `/proc/${donor.pid}/ns/net` }, endpoints: new Map(), ports: {}, hostsFile, resolvConf }
  }

  #announce(action: 'connect' | 'disconnect', containerId: string, { endpoints }: Sandbox): void {
    for (const [name, { networkId }] of endpoints) {
      const type = this.store.find(networkId)?.driver ?? 'bridge'
      this.#events.publish('network', action, networkId, { container: containerId, name, type })
    }
  }
}

function newId(): string {
  return randomBytes(32).toString('hex')
}
