import type { NamespaceSource } from '../linux/oci.ts'
import type { EndpointSettings, PortMap } from './endpoint-settings.ts'
import type { PublishedPort } from './ports.ts'

/** A container whose network others join. */
export interface NetworkDonor {
  /** Of the container that the network was made for. */
  readonly id: string
  readonly name: string
  readonly status: string
  /** While it runs. */
  readonly pid: number | undefined
}

/** What a container asks of its networks. */
export interface SandboxRequest {
  readonly containerId: string
  readonly containerName: string
  /** While it runs. */
  readonly pid: number | undefined
  readonly hostname: string
  readonly domainname: string
  /** `bridge`, `host`, `none`, `container:<full id>`, or the name or id of a user's network. */
  readonly networkMode: string
  /** For `container:`, the container whose network it joins, if there still is one. */
  readonly donor: NetworkDonor | undefined
  /** By what the client called the network. */
  readonly endpoints: Readonly<Record<string, EndpointSettings>>
  readonly portBindings: PortMap
  readonly exposedPorts: readonly string[]
  readonly publishAll: boolean
  readonly dns: readonly string[]
  readonly dnsSearch: readonly string[]
  readonly dnsOptions: readonly string[]
  readonly extraHosts: readonly string[]
  /** Lines of the hosts file for containers that it is linked to. */
  readonly linkedHosts: readonly HostsEntry[]
}

/** A line of a hosts file. */
export interface HostsEntry {
  readonly address: string
  readonly names: readonly string[]
}

/** A container's place in one network. Addresses are empty where there are none. */
export interface Endpoint {
  readonly networkId: string
  readonly endpointId: string
  /** Of the interface among the container's. */
  readonly index: number
  /** What it is called in the container; of records of earlier engines, by its index. */
  readonly interfaceName?: string
  readonly ipAddress: string
  readonly prefixLength: number
  readonly gateway: string
  readonly ipv6Address: string
  readonly ipv6PrefixLength: number
  readonly ipv6Gateway: string
  readonly macAddress: string
  readonly linkLocalAddresses: readonly string[]
  /** Whether the interface is there: false while it is being made, for whoever starts after a crash. */
  readonly isPlugged: boolean
}

/** As others see it. */
export interface NamedEndpoint extends Endpoint {
  /** What others in the network may call the container; none on the predefined networks. */
  readonly dnsNames: readonly string[]
}

/** A running container's view of the network. */
export interface Sandbox {
  readonly sandboxId: string
  readonly network: NamespaceSource
  /** By name of the network. */
  readonly endpoints: ReadonlyMap<string, NamedEndpoint>
  readonly ports: PortMap
}

/** What is remembered of a connected container, to find it again after the daemon was away. */
export interface SandboxRecord {
  readonly sandboxId: string
  /** The network of the container's mode first. */
  readonly endpoints: readonly Endpoint[]
  readonly published: readonly PublishedPort[]
}
