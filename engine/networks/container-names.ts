import type { EndpointSettings } from './endpoint-settings.ts'
import { isPredefined, type Network } from './network.ts'
import type { SandboxRequest } from './sandbox.ts'

/** What a client asked for a container's place in a network, by whichever name it used. */
export function settingsFor({ endpoints }: Pick<SandboxRequest, 'endpoints'>, { id, name }: Network): EndpointSettings {
  return endpoints[name] ?? Object.entries(endpoints).find(([asked]) => asked !== '' && id.startsWith(asked))?.[1] ?? {}
}

/** What others in a network may call a container, its own name first; nothing on the predefined networks, which have no names. */
export function dnsNames(request: SandboxRequest, network: Network): string[] {
  if (isPredefined(network)) return []
  const { containerName, containerId, hostname } = request
  const names = [containerName, ...(settingsFor(request, network).Aliases ?? []), containerId.slice(0, 12), hostname]
  return [...new Set(names)].filter((name) => name !== '')
}

/** `--link name:alias` on a user's network: names that only this container uses, by what they stand for. */
export function localAliases(request: SandboxRequest, network: Network): ReadonlyMap<string, string> {
  const links = settingsFor(request, network).Links ?? []
  return new Map(
    links.map((link) => {
      const [target = '', alias = target] = link.split(':')
      return [alias, target] as const
    }),
  )
}
