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
  readonly hostname: string
  readonly domainname: string
  /** `bridge`, `host`, `none` or `container:<full id>`. */
  readonly networkMode: string
  /** For `container:`, the container whose network it joins, if there still is one. */
  readonly donor: NetworkDonor | undefined
  readonly endpoints: Readonly<Record<string, EndpointSettings>>
  readonly portBindings: PortMap
  readonly exposedPorts: readonly string[]
  readonly publishAll: boolean
  readonly dns: readonly string[]
  readonly dnsSearch: readonly string[]
  readonly dnsOptions: readonly string[]
  readonly extraHosts: readonly string[]
}

/** A container's place in one network. */
export interface Endpoint {
  readonly networkId: string
  readonly endpointId: string
  readonly ipAddress: string
  readonly prefixLength: number
  readonly gateway: string
  readonly macAddress: string
  readonly dnsNames: readonly string[]
}

/** A running container's view of the network. */
export interface Sandbox {
  readonly sandboxId: string
  readonly network: NamespaceSource
  readonly endpoints: ReadonlyMap<string, Endpoint>
  readonly ports: PortMap
  readonly hostsFile: string
  readonly resolvConf: string
}

/** What is remembered of a connected container, to find it again after the daemon was away. */
export interface SandboxRecord {
  readonly sandboxId: string
  readonly endpoint: Endpoint
  readonly published: readonly PublishedPort[]
}
