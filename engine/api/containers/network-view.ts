import type { Container } from '../../containers/container.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import type { EndpointSettings } from '../../networks/endpoint-settings.ts'
import type { NamedEndpoint } from '../../networks/sandbox.ts'
import type { ApiVersion } from '../version.ts'

/** @see Engine API 1.51 EndpointSettings; addresses are empty while the container does not run */
export function endpointView(container: Container, asked: EndpointSettings, endpoint: NamedEndpoint | undefined, networkId: string, version: ApiVersion) {
  const legacyAliases = [container.shortId, ...(container.spec.config.Hostname ? [container.spec.config.Hostname] : [])]
  const aliases = version.atLeast('1.45') ? asked.Aliases : [...new Set([...(asked.Aliases ?? []), ...legacyAliases])]
  return {
    IPAMConfig: asked.IPAMConfig ?? null,
    Links: asked.Links ?? null,
    Aliases: aliases?.length ? aliases : null,
    MacAddress: endpoint?.macAddress ?? '',
    DriverOpts: asked.DriverOpts ?? null,
    GwPriority: asked.GwPriority ?? 0,
    NetworkID: endpoint?.networkId ?? networkId,
    EndpointID: endpoint?.endpointId ?? '',
    Gateway: endpoint?.gateway ?? '',
    IPAddress: endpoint?.ipAddress ?? '',
    IPPrefixLen: endpoint?.prefixLength ?? 0,
    IPv6Gateway: endpoint?.ipv6Gateway ?? '',
    GlobalIPv6Address: endpoint?.ipv6Address ?? '',
    GlobalIPv6PrefixLen: endpoint?.ipv6PrefixLength ?? 0,
    DNSNames: endpoint?.dnsNames.length ? endpoint.dnsNames : null,
  }
}

export function endpointViews(parts: ContainerParts, container: Container, version: ApiVersion) {
  const sandbox = parts.networks.sandboxOf(container.id)
  const views = Object.entries(container.spec.networks).map(([asked, settings]) => {
    const network = parts.networks.store.find(asked)
    const name = network?.name ?? asked
    return [name, endpointView(container, settings, sandbox?.endpoints.get(name), network?.id ?? '', version)] as const
  })
  return Object.fromEntries(views)
}

/** @see Engine API 1.51 NetworkSettings; its flat fields repeat the network called `bridge` */
export function networkSettingsView(parts: ContainerParts, container: Container, version: ApiVersion) {
  const sandbox = parts.networks.sandboxOf(container.id)
  const networks = endpointViews(parts, container, version)
  const bridge = networks.bridge
  return {
    Bridge: '',
    SandboxID: sandbox?.sandboxId ?? '',
    SandboxKey: sandbox && sandbox.network.kind === 'path' ? sandbox.network.path : '',
    Ports: sandbox?.ports ?? {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge?.EndpointID ?? '',
    Gateway: bridge?.Gateway ?? '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: bridge?.IPAddress ?? '',
    IPPrefixLen: bridge?.IPPrefixLen ?? 0,
    IPv6Gateway: '',
    MacAddress: bridge?.MacAddress ?? '',
    Networks: networks,
  }
}

export interface PortView {
  readonly IP?: string
  readonly PrivatePort: number
  readonly PublicPort?: number
  readonly Type: string
}

/** The `Ports` of a list: one entry per host binding, exposed-only ports without one. */
export function portViews(parts: ContainerParts, container: Container): PortView[] {
  const ports = parts.networks.sandboxOf(container.id)?.ports ?? {}
  const views = Object.entries(ports).flatMap(([key, bindings]): PortView[] => {
    const [port = '', type = 'tcp'] = key.split('/')
    const base = { PrivatePort: Number(port), Type: type }
    if (!bindings?.length) return [base]
    // Without a port of the host, it is open at the container's own address.
    return bindings.map(({ HostIp, HostPort }) => ({ IP: HostIp || '0.0.0.0', ...base, ...(HostPort && { PublicPort: Number(HostPort) }) }))
  })
  return views.sort((a, b) => a.PrivatePort - b.PrivatePort || a.Type.localeCompare(b.Type) || (a.IP ?? '').localeCompare(b.IP ?? ''))
}
