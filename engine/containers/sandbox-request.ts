import type { NetworkDonor, SandboxRequest } from '../networks/sandbox.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'
import { isLive } from './state.ts'

/** What the networks room needs to know to connect a container. */
export function sandboxRequestFor(parts: Pick<ContainerParts, 'store'>, container: Container): SandboxRequest {
  const { config, hostConfig, networks } = container.spec
  // Whatever the mode says, there is only the loopback then.
  const networkMode = config.NetworkDisabled ? 'none' : (hostConfig.NetworkMode ?? 'bridge')
  return {
    containerId: container.id,
    containerName: container.name,
    pid: isLive(container.state) ? container.state.pid : undefined,
    hostname: config.Hostname ?? '',
    domainname: config.Domainname ?? '',
    networkMode,
    donor: donorOf(parts, networkMode),
    endpoints: networks,
    portBindings: hostConfig.PortBindings ?? {},
    exposedPorts: Object.keys(config.ExposedPorts ?? {}),
    publishAll: hostConfig.PublishAllPorts ?? false,
    dns: hostConfig.Dns ?? [],
    dnsSearch: hostConfig.DnsSearch ?? [],
    dnsOptions: hostConfig.DnsOptions ?? [],
    extraHosts: hostConfig.ExtraHosts ?? [],
    linkedHosts: [],
  }
}

/** The container whose network another one shares; that one may share, too. Undefined when it is gone. */
function donorOf(parts: Pick<ContainerParts, 'store'>, mode: string): NetworkDonor | undefined {
  const donor = mode.startsWith('container:') ? parts.store.find(mode.slice('container:'.length)) : undefined
  if (!donor) return undefined
  const pid = isLive(donor.state) ? donor.state.pid : undefined
  const ownDonor = donorOf(parts, donor.spec.hostConfig.NetworkMode ?? '')
  return { id: ownDonor?.id ?? donor.id, name: donor.name, status: donor.state.status, pid }
}
