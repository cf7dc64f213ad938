import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'

/** Whether a container is in the host's own network, perhaps as it shares another one's. */
export function isInHostNetwork(parts: Pick<ContainerParts, 'store'>, { spec: { config, hostConfig } }: Container): boolean {
  const mode = hostConfig.NetworkMode ?? ''
  if (config.NetworkDisabled || !mode.startsWith('container:')) return !config.NetworkDisabled && mode === 'host'
  const donor = parts.store.find(mode.slice('container:'.length))
  return donor !== undefined && isInHostNetwork(parts, donor)
}
