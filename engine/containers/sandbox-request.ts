import type { SandboxRequest } from '../networks/networks.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'

/** What the networks room needs to know to connect a container. */
export function sandboxRequestFor(parts: Pick<ContainerParts, 'store'>, container: Container): SandboxRequest {
  const { config, hostConfig, networks } = container.spec
  return {
    containerId: container.id,
    containerName: container.name,
    hostname: config.Hostname ?? '',
    domainname: config.Domainname ?? '',
    networkMode: resolvedMode(parts, hostConfig.NetworkMode ?? 'bridge'),
    endpoints: networks,
    portBindings: hostConfig.PortBindings ?? {},
    exposedPorts: Object.keys(config.ExposedPorts ?? {}),
    publishAll: hostConfig.PublishAllPorts ?? false,
    dns: hostConfig.Dns ?? [],
    dnsSearch: hostConfig.DnsSearch ?? [],
    dnsOptions: hostConfig.DnsOptions ?? [],
    extraHosts: hostConfig.ExtraHosts ?? [],
    links: hostConfig.Links ?? [],
  }
}

/** `container:<name>` by full id: a name could move to another container. */
function resolvedMode(parts: Pick<ContainerParts, 'store'>, mode: string): string {
  if (!mode.startsWith('container:')) return mode === '' || mode === 'default' ? 'bridge' : mode
  return `container:${parts.store.get(mode.slice('container:'.length)).id}`
}
