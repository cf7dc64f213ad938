import { EngineError } from '../errors.ts'
import type { EndpointSettings } from '../networks/endpoint-settings.ts'
import type { Network } from '../networks/network.ts'
import type { Container } from './container.ts'
import { updateHostFiles } from './host-files.ts'
import type { ContainerParts } from './parts.ts'
import { sandboxRequestFor } from './sandbox-request.ts'
import { isLive } from './state.ts'

/**
 * Puts a container into one more network: now if it runs, at its next start otherwise.
 * @throws EngineError with docker's words
 * @see Engine API 1.51 NetworkConnect
 */
export async function connectContainer(parts: ContainerParts, container: Container, network: Network, settings: EndpointSettings): Promise<void> {
  await container.lock.run(async () => {
    checkChangeable(container)
    checkCompatible(parts, container, network)
    const before = container.spec.networks
    const asked = keyOf(parts, container, network)
    parts.networks.check(network, settings)
    if (!isLive(container.state)) return saveNetworks(parts, container, { ...without(before, asked), [network.name]: settings })
    if (asked !== undefined) throw new EngineError('forbidden', `endpoint with name ${container.name} already exists in network ${network.name}`)
    // The intent comes first: a connect that is cut off is finished when the daemon starts.
    const request = sandboxRequestFor(parts, container)
    saveNetworks(parts, container, { ...before, [network.name]: settings })
    try {
      const files = parts.networks.filesFor(request)
      await parts.networks.connect(sandboxRequestFor(parts, container), network)
      await updateHostFiles(parts, container, files, parts.networks.filesFor(request))
    } catch (error) {
      saveNetworks(parts, container, before)
      throw error
    }
  })
}

/**
 * Takes a container out of a network.
 * @throws EngineError `system` (sic) with docker's words when it is not in it
 * @see Engine API 1.51 NetworkDisconnect
 */
export async function disconnectContainer(parts: ContainerParts, container: Container, network: Network): Promise<void> {
  await container.lock.run(async () => {
    checkChangeable(container)
    const asked = keyOf(parts, container, network)
    const isRunning = isLive(container.state)
    if (network.driver === 'host' && asked !== undefined && isRunning)
      throw new EngineError('invalid', 'container cannot be disconnected from host network or connected to host network')
    if (asked === undefined)
      throw new EngineError('system', `container ${container.id} is not connected to ${isRunning ? 'network' : 'the network'} ${network.name}`)
    const request = sandboxRequestFor(parts, container)
    const files = parts.networks.filesFor(request)
    const before = container.spec.networks
    saveNetworks(parts, container, without(before, asked))
    if (!isRunning) return
    try {
      await parts.networks.disconnect(sandboxRequestFor(parts, container), network)
    } catch (error) {
      saveNetworks(parts, container, before)
      throw error
    }
    await updateHostFiles(parts, container, files, parts.networks.filesFor(request))
  })
}

/** What a running container asked for and cannot have is no longer asked for. */
export function forgetNetwork(parts: ContainerParts, container: Container, asked: string): void {
  saveNetworks(parts, container, without(container.spec.networks, asked))
}

function checkChangeable(container: Container): void {
  const { status } = container.state
  if (status === 'removing' || status === 'dead')
    throw new EngineError('forbidden', `Container ${container.id} is marked for removal and cannot be connected or disconnected to the network.`)
}

/** Some containers have no network of their own to be changed, and some networks cannot be joined later. */
function checkCompatible(parts: ContainerParts, container: Container, network: Network): void {
  const mode = container.spec.hostConfig.NetworkMode ?? ''
  const modes = Object.keys(container.spec.networks).map((asked) => parts.networks.store.find(asked)?.driver)
  if (mode.startsWith('container:') || modes.includes('host'))
    throw new EngineError('invalid', 'container sharing network namespace with another container or host cannot be connected to any other network')
  if (network.driver === 'host') throw new EngineError('invalid', 'container cannot be disconnected from host network or connected to host network')
  if ((modes.includes('null') || network.driver === 'null') && modes.length > 0 && !(modes.includes('null') && network.driver === 'null'))
    throw new EngineError('invalid', 'container cannot be connected to multiple networks with one of the networks in private (none) mode')
}

/** How the container calls the network; undefined when it is not in it. */
function keyOf(parts: ContainerParts, container: Container, network: Network): string | undefined {
  return Object.keys(container.spec.networks).find((asked) => parts.networks.store.find(asked)?.id === network.id)
}

function without(networks: Readonly<Record<string, EndpointSettings>>, asked: string | undefined): Record<string, EndpointSettings> {
  return Object.fromEntries(Object.entries(networks).filter(([name]) => name !== asked))
}

function saveNetworks(parts: ContainerParts, container: Container, networks: Record<string, EndpointSettings>): void {
  container.spec.networks = networks
  parts.store.saveSpec(container)
}
