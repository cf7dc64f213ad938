import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { EngineError, messageOf } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import { claimOnHost } from '../linux/host-claim.ts'
import {
  addressesIn,
  addressesOf,
  connectNetns,
  ensureBridge,
  hostRoutes,
  isolateLinks,
  linksOn,
  listLinks,
  listNetns,
  netnsPath,
  removeLink,
  removeNetns,
  setSysctl,
} from '../linux/links.ts'
import { applyRuleset } from '../linux/nft.ts'
import type { Log } from '../log.ts'
import type { NetworkRepository } from '../state/networks.ts'
import {
  AddressAllocator,
  contains,
  defaultPools,
  formatAddress,
  formatSubnet,
  macFor,
  overlaps,
  parseAddress,
  parseCidr,
  parsePool,
  type Subnet,
} from './addresses.ts'
import { allowForwarding, withdrawForwarding } from './foreign-firewall.ts'
import { type Network, newNetworkId } from './network.ts'
import { PortReservations } from './port-reservations.ts'
import { portMapOf, portWishes } from './ports.ts'
import { type BridgeRules, elementsText, type Publication, rulesetText } from './ruleset.ts'
import type { Endpoint, Sandbox, SandboxRecord, SandboxRequest } from './sandbox.ts'
import { hostsFile, resolvConf } from './text-files.ts'

export type { Endpoint, Sandbox, SandboxRequest } from './sandbox.ts'

export interface NetworkOptions {
  readonly bridge: string
  /** Address of the default bridge, e.g. `172.17.0.1/16`; undefined picks a free pool. */
  readonly bip: string | undefined
  /** The part of the default bridge's subnet from which containers get addresses; undefined for all of it. */
  readonly fixedCidr: string | undefined
  /** `base=172.80.0.0/16,size=24`: where the default bridge may pick its subnet; empty for docker's own pools. */
  readonly defaultAddressPools: readonly string[]
  readonly mtu: number
  readonly dns: readonly string[]
  readonly dnsSearch: readonly string[]
  readonly dnsOptions: readonly string[]
  /** For published ports that name no host address. */
  readonly ip: string
  readonly icc: boolean
  readonly ipForward: boolean
  readonly ipMasq: boolean
}

interface Parts {
  readonly repository: NetworkRepository
  readonly events: EventBus
  readonly log: Log
  /** Short and stable for a data root: the names of namespaces, interfaces and tables carry it. */
  readonly prefix: string
  readonly options: NetworkOptions
}

interface Connected {
  readonly record: SandboxRecord
  readonly sandbox: Sandbox
}

/** The host's end of a container's link: prefix of its daemon, first digits of its id. */
const FOREIGN_LINK = /^er([0-9a-f]{4})([0-9a-f]{8})$/

const PREDEFINED = ['bridge', 'host', 'none'] as const

/**
 * The networks of this daemon and the containers in them.
 *
 * Everything in the kernel carries the daemon's prefix: network namespaces `er-<prefix>-<12 hex>`, host ends of veth
 * pairs `er<prefix><8 hex>`, the nftables table `engineroom-<prefix>`; so several daemons live side by side, and
 * {@link Networks.reattach} finds what a crash left.
 *
 * Not yet: networks made by users.
 */
export class Networks {
  readonly #parts: Parts
  readonly #ports = new PortReservations()
  readonly #connected = new Map<string, Connected>()
  readonly #networks = new Map<string, Network>()
  #allocator: AddressAllocator | undefined
  #rules: BridgeRules | undefined
  #claim: AsyncDisposable | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    for (const text of parts.repository.networks()) {
      const network = JSON.parse(text) as Network // Written by this class.
      this.#networks.set(network.name, network)
    }
  }

  /**
   * Makes sure of the predefined networks, the bridge and the kernel's switches.
   * @throws EngineError `conflict` when another daemon that runs has the bridge
   */
  async start(): Promise<void> {
    const { options, prefix } = this.#parts
    this.#claim = await claimOnHost(`bridge/${options.bridge}`)
    if (!this.#claim)
      throw new EngineError('conflict', `the bridge ${options.bridge} belongs to another daemon that is running; give this one its own --bridge and --bip`)
    const bridge = await this.#ensureDefaultBridge()
    for (const name of ['host', 'none'] as const) if (!this.#networks.has(name)) this.#save(plainNetwork(name))
    await ensureBridge(options.bridge, `${bridge.gateway}/${bridge.subnet.split('/')[1]}`, options.mtu)
    if (options.ipForward) await setSysctl('net/ipv4/ip_forward', '1')
    await setSysctl(`net/ipv4/conf/${options.bridge}/route_localnet`, '1')
    const cidr = parseCidr(bridge.subnet)
    if (!cidr) throw new Error(`the default bridge has no subnet: ${bridge.subnet}`)
    this.#allocator = new AddressAllocator(cidr.subnet, [parseAddress(bridge.gateway) ?? 0], this.#fixedRange(cidr.subnet))
    this.#rules = {
      table: `engineroom-${prefix}`,
      bridge: options.bridge,
      subnet: bridge.subnet,
      hidesAddresses: options.ipMasq,
      allowsNeighbours: options.icc,
    }
    await allowForwarding(options.bridge)
    await this.#spareForeignAddresses()
  }

  /** Containers of a daemon with another data root may still run on this bridge: their addresses are not ours to give. */
  async #spareForeignAddresses(): Promise<void> {
    const { options, prefix } = this.#parts
    const foreign = (await linksOn(options.bridge))
      .flatMap((link) => FOREIGN_LINK.exec(link)?.slice(1, 3).join('-') ?? [])
      .filter((name) => !name.startsWith(prefix))
    if (foreign.length === 0) return
    const namespaces = (await listNetns('er-')).filter((name) => foreign.some((start) => name.startsWith(`er-${start}`)))
    for (const cidr of (await Promise.all(namespaces.map(addressesIn))).flat()) this.#allocator?.take(parseCidr(cidr)?.address ?? 0)
  }

  /** The daemon stops; containers keep their addresses, rules and namespaces. */
  async stop(): Promise<void> {
    await this.#ports.releaseAll()
    if ((await linksOn(this.#parts.options.bridge)).length === 0) await withdrawForwarding(this.#parts.options.bridge)
    await this.#claim?.[Symbol.asyncDispose]()
  }

  /** Oldest first. */
  all(): Network[] {
    return [...this.#networks.values()]
  }

  /** By full id, name, or unique prefix of the id. */
  find(reference: string): Network | undefined {
    const all = this.all()
    const exact = all.find((network) => network.id === reference) ?? this.#networks.get(reference === 'default' ? 'bridge' : reference)
    if (exact || reference === '') return exact
    const matches = all.filter((network) => network.id.startsWith(reference))
    return matches.length === 1 ? matches[0] : undefined
  }

  /** @throws EngineError `not-found` */
  get(reference: string): Network {
    const network = this.find(reference)
    if (!network) throw new EngineError('not-found', `network ${reference} not found`)
    return network
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
    if (networkMode === 'host') return this.#keepPlain(request, { kind: 'host' })
    if (networkMode === 'none') return this.#keepPlain(request, { kind: 'own' })
    if (networkMode.startsWith('container:')) return this.#join(request)
    const network = this.find(networkMode)
    if (!network) throw new EngineError('not-found', `failed to set up container networking: network ${networkMode} not found`)
    return this.#connect(request, network)
  }

  /** Takes back everything that {@link attach} gave. Idempotent. */
  async release(containerId: string): Promise<void> {
    const connected = this.#connected.get(containerId)
    this.#connected.delete(containerId)
    const published = connected?.record.published ?? []
    const isOnBridge = connected !== undefined && connected.record.endpoint.ipAddress !== ''
    await Promise.all([
      this.#ports.release(containerId),
      removeNetns(this.#netnsOf(containerId), this.#linkOf(containerId)),
      published.length > 0 ? this.#changeElements('delete', containerId, connected?.record) : undefined,
    ])
    this.#parts.repository.deleteSandbox(containerId)
    if (!connected) return
    if (isOnBridge) this.#allocator?.release(parseAddress(connected.record.endpoint.ipAddress) ?? 0)
    for (const [name, endpoint] of connected.sandbox.endpoints) this.#publish('disconnect', name, endpoint.networkId, containerId)
  }

  /** After the container's other preparations: docker announces the connection right before the start. */
  announceConnect(containerId: string): void {
    for (const [name, endpoint] of this.sandboxOf(containerId)?.endpoints ?? []) this.#publish('connect', name, endpoint.networkId, containerId)
  }

  rename(_containerId: string, _name: string): void {
    // Names are resolved on networks made by users only, and there are none yet.
  }

  /**
   * The daemon is back: takes over the places of containers that still run, and removes what belongs to nobody.
   * @param live requests of the containers that run
   */
  async reattach(live: readonly SandboxRequest[]): Promise<void> {
    const records = new Map(this.#parts.repository.sandboxes().map(({ containerId, spec }) => [containerId, JSON.parse(spec) as SandboxRecord]))
    for (const request of live) {
      const record = records.get(request.containerId)
      if (record) await this.#resume(request, record)
    }
    const liveIds = new Set(live.map(({ containerId }) => containerId))
    for (const containerId of records.keys()) if (!liveIds.has(containerId)) this.#parts.repository.deleteSandbox(containerId)
    const keepNetns = new Set([...liveIds].map((id) => this.#netnsOf(id)))
    for (const name of await listNetns(`er-${this.#parts.prefix}-`)) if (!keepNetns.has(name)) await removeNetns(name)
    const keepLinks = new Set([...liveIds].map((id) => this.#linkOf(id)))
    const links = await listLinks(`er${this.#parts.prefix}`)
    for (const name of links) if (!keepLinks.has(name)) await removeLink(name).catch((error) => this.#parts.log.debug(messageOf(error)))
    const keptLinks = links.filter((name) => keepLinks.has(name))
    await isolateLinks(keptLinks, !this.#parts.options.icc)
    await applyRuleset(
      rulesetText(
        this.#bridgeRules(),
        [...this.#connected.values()].flatMap(({ record }) => publicationsOf(record)),
      ),
    )
  }

  async #connect(request: SandboxRequest, network: Network): Promise<Sandbox> {
    const { containerId } = request
    const endpoint = this.#newEndpoint(request, network)
    // Known from here on, so that release finds it whatever fails below.
    this.#remember(request, { sandboxId: randomBytes(32).toString('hex'), endpoint, published: [] })
    const wishes = portWishes(request.portBindings, request.exposedPorts, request.publishAll)
    try {
      const published = await this.#ports.reserve(
        containerId,
        wishes.map((wish) => ({ ...wish, hostIp: wish.hostIp || this.#defaultHostIp() })),
        endpoint.ipAddress,
      )
      const connected = this.#remember(request, { sandboxId: this.#recordOf(containerId).sandboxId, endpoint, published })
      await Promise.all([
        connectNetns({
          netns: this.#netnsOf(containerId),
          hostLink: this.#linkOf(containerId),
          bridge: this.#parts.options.bridge,
          mtu: this.#parts.options.mtu,
          macAddress: endpoint.macAddress,
          address: `${endpoint.ipAddress}/${endpoint.prefixLength}`,
          gateway: network.isInternal ? undefined : endpoint.gateway,
          isIsolated: !this.#parts.options.icc,
        }),
        published.length > 0 ? this.#changeElements('add', containerId, connected.record) : undefined,
      ])
      return connected.sandbox
    } catch (error) {
      const words = `driver failed programming external connectivity on endpoint ${request.containerName} (${endpoint.endpointId}): ${messageOf(error)}`
      throw new EngineError('system', `failed to set up container networking: ${words}`, { cause: error })
    }
  }

  /** Empty stands for 0.0.0.0 and [::] together. */
  #defaultHostIp(): string {
    return this.#parts.options.ip === '0.0.0.0' ? '' : this.#parts.options.ip
  }

  #newEndpoint(request: SandboxRequest, network: Network): Endpoint {
    const asked = request.endpoints[network.name] ?? request.endpoints[network.id]
    if (asked?.IPAMConfig?.IPv4Address) {
      throw new EngineError('invalid', 'invalid endpoint settings:\nuser specified IP address is supported on user defined networks only')
    }
    const address = this.#allocator?.next()
    if (address === undefined)
      throw new EngineError(
        'system',
        `failed to set up container networking: no available IPv4 addresses on this network's address pools: ${network.name} (${network.id})`,
      )
    return {
      networkId: network.id,
      endpointId: randomBytes(32).toString('hex'),
      ipAddress: formatAddress(address),
      prefixLength: Number(network.subnet.split('/')[1]),
      gateway: network.gateway,
      macAddress: asked?.MacAddress || macFor(address),
      dnsNames: [],
    }
  }

  #remember(request: SandboxRequest, record: SandboxRecord): Connected {
    const { endpoint, published, sandboxId } = record
    const names = [...(request.domainname ? [`${request.hostname}.${request.domainname}`] : []), request.hostname]
    const connected: Connected = {
      record,
      sandbox: {
        sandboxId,
        network: { kind: 'path', path: netnsPath(this.#netnsOf(request.containerId)) },
        endpoints: new Map([['bridge', endpoint]]),
        ports: portMapOf(published, request.exposedPorts),
        hostsFile: hostsFile([{ address: endpoint.ipAddress, names }], request.extraHosts, endpoint.gateway),
        resolvConf: this.#resolvConf(request),
      },
    }
    this.#connected.set(request.containerId, connected)
    this.#parts.repository.saveSandbox(request.containerId, JSON.stringify(record))
    return connected
  }

  /** Ports are taken again by number: nobody else could have them while nft kept forwarding. */
  async #resume(request: SandboxRequest, record: SandboxRecord): Promise<void> {
    if (record.endpoint.ipAddress === '') {
      this.#keepPlain(request, request.networkMode === 'host' ? { kind: 'host' } : { kind: 'own' })
      return
    }
    this.#allocator?.take(parseAddress(record.endpoint.ipAddress) ?? 0)
    this.#remember(request, record)
    const wishes = record.published.map((port) => ({ ...port, lastHostPort: port.hostPort }))
    await this.#ports.reserve(request.containerId, wishes, record.endpoint.ipAddress).catch((error: unknown) => {
      this.#parts.log.warn('a published port could not be taken again', { container: request.containerId, error: messageOf(error) })
    })
  }

  /** The host's own network, or one with nothing in it: no address, no rules. */
  #keepPlain(request: SandboxRequest, network: Sandbox['network']): Sandbox {
    const name = network.kind === 'host' ? 'host' : 'none'
    const endpoint: Endpoint = {
      networkId: this.get(name).id,
      endpointId: randomBytes(32).toString('hex'),
      ipAddress: '',
      prefixLength: 0,
      gateway: '',
      macAddress: '',
      dnsNames: [],
    }
    const sandbox: Sandbox = {
      sandboxId: randomBytes(32).toString('hex'),
      network,
      endpoints: new Map([[name, endpoint]]),
      ports: {},
      hostsFile:
        network.kind === 'host'
          ? `${readFileSync('/etc/hosts', 'utf8')}${request.extraHosts.map((text) => `${text.replace(/^([^:=]*)[:=](.*)$/, '$2\t$1')}\n`).join('')}`
          : hostsFile([], request.extraHosts, undefined),
      resolvConf: this.#resolvConf(request),
    }
    const record: SandboxRecord = { sandboxId: sandbox.sandboxId, endpoint, published: [] }
    this.#connected.set(request.containerId, { record, sandbox })
    this.#parts.repository.saveSandbox(request.containerId, JSON.stringify(record))
    return sandbox
  }

  /** The namespace is found by the donor's process: it may be the host's own, or one that the runtime made. */
  #join(request: SandboxRequest): Sandbox {
    const { donor } = request
    if (!donor) throw new EngineError('system', `joining network namespace of container: No such container: ${request.networkMode.slice('container:'.length)}`)
    if (donor.pid === undefined)
      throw new EngineError('conflict', `cannot join network namespace of a non running container: container ${donor.name} is ${donor.status}`)
    return {
      sandboxId: '',
      network: { kind: 'path', path: `/proc/${donor.pid}/ns/net` },
      endpoints: new Map(),
      ports: {},
      hostsFile: this.#connected.get(donor.id)?.sandbox.hostsFile ?? hostsFile([], [], undefined),
      resolvConf: this.#resolvConf(request),
    }
  }

  #resolvConf(request: SandboxRequest): string {
    const { options } = this.#parts
    const pick = (own: readonly string[], daemon: readonly string[]) => (own.length > 0 ? own : daemon)
    return resolvConf(readFileSync('/etc/resolv.conf', 'utf8'), {
      dns: pick(request.dns, options.dns),
      dnsSearch: pick(request.dnsSearch, options.dnsSearch),
      dnsOptions: pick(request.dnsOptions, options.dnsOptions),
    })
  }

  async #changeElements(verb: 'add' | 'delete', containerId: string, record: SandboxRecord | undefined): Promise<void> {
    const text = record ? elementsText(verb, this.#bridgeRules().table, publicationsOf(record)) : ''
    if (text === '') return
    await applyRuleset(text).catch((error: unknown) => {
      // A start that failed half-way has no elements to take back.
      if (verb === 'add') throw error
      this.#parts.log.debug('published ports were not in the map', { container: containerId, error: messageOf(error) })
    })
  }

  #bridgeRules(): BridgeRules {
    if (!this.#rules) throw new Error('networks were used before they were started')
    return this.#rules
  }

  #recordOf(containerId: string): SandboxRecord {
    const connected = this.#connected.get(containerId)
    if (!connected) throw new Error(`container ${containerId} is not connected`)
    return connected.record
  }

  #netnsOf(containerId: string): string {
    return `er-${this.#parts.prefix}-${containerId.slice(0, 12)}`
  }

  #linkOf(containerId: string): string {
    return `er${this.#parts.prefix}${containerId.slice(0, 8)}`
  }

  #publish(action: string, name: string, networkId: string, containerId: string): void {
    this.#parts.events.publish('network', action, networkId, { container: containerId, name, type: this.#networks.get(name)?.driver ?? 'bridge' })
  }

  #save(network: Network): void {
    this.#networks.set(network.name, network)
    this.#parts.repository.saveNetwork(network.id, network.name, JSON.stringify(network))
  }

  /** The network `bridge`: as asked for by --bip, as it was, or in the first pool that no route of the host touches. */
  async #ensureDefaultBridge(): Promise<Network> {
    const { options } = this.#parts
    const before = this.#networks.get('bridge')
    const wanted =
      options.bip ??
      (before ? `${before.gateway}/${before.subnet.split('/')[1]}` : ((await addressesOf(options.bridge))[0] ?? (await this.#freeBridgeAddress())))
    const cidr = parseCidr(wanted)
    if (!cidr) throw new EngineError('invalid', `invalid --bip ${wanted}: use an IPv4 address with a length, e.g. 172.17.0.1/16`)
    const gateway = formatAddress(cidr.address)
    const subnet = formatSubnet(cidr.subnet)
    const network = { ...bridgeNetwork(before?.id ?? newNetworkId(), gateway, subnet, options), ...(before && { createdAt: before.createdAt }) }
    if (isDeepStrictEqual(before, network)) return network
    this.#save(network)
    return network
  }

  /** @throws EngineError `invalid` when --fixed-cidr is not a part of the subnet */
  #fixedRange(subnet: Subnet): Subnet | undefined {
    const { fixedCidr } = this.#parts.options
    if (fixedCidr === undefined) return undefined
    const range = parseCidr(fixedCidr)?.subnet
    if (!range || !contains(subnet, range.base) || range.prefixLength < subnet.prefixLength)
      throw new EngineError('invalid', `invalid --fixed-cidr ${fixedCidr}: it must be a part of the bridge's subnet ${formatSubnet(subnet)}`)
    return range
  }

  async #freeBridgeAddress(): Promise<string> {
    const routes = (await hostRoutes(this.#parts.options.bridge)).map((text) => parseCidr(text)?.subnet).filter((subnet) => subnet !== undefined)
    const { defaultAddressPools } = this.#parts.options
    const pools = defaultAddressPools.length > 0 ? defaultAddressPools.flatMap(parsePool) : defaultPools()
    const free = pools.find((pool) => !routes.some((route) => overlaps(route, pool)))
    if (!free) throw new EngineError('system', 'all predefined address pools have been fully subnetted')
    return `${formatAddress(free.base + 1)}/${free.prefixLength}`
  }
}

function publicationsOf(record: SandboxRecord): Publication[] {
  return record.published.map((port) => ({ port, target: record.endpoint.ipAddress }))
}

function plainNetwork(name: (typeof PREDEFINED)[1 | 2]): Network {
  const driver = name === 'host' ? 'host' : 'null'
  return { id: newNetworkId(), name, driver, createdAt: new Date().toISOString(), subnet: '', gateway: '', options: {}, labels: {}, isInternal: false }
}

function bridgeNetwork(id: Network['id'], gateway: string, subnet: string, options: NetworkOptions): Network {
  return {
    id,
    name: 'bridge',
    driver: 'bridge',
    createdAt: new Date().toISOString(),
    subnet,
    gateway,
    options: {
      'com.docker.network.bridge.default_bridge': 'true',
      'com.docker.network.bridge.enable_icc': String(options.icc),
      'com.docker.network.bridge.enable_ip_masquerade': String(options.ipMasq),
      'com.docker.network.bridge.host_binding_ipv4': options.ip,
      'com.docker.network.bridge.name': options.bridge,
      'com.docker.network.driver.mtu': String(options.mtu),
    },
    labels: {},
    isInternal: false,
  }
}
