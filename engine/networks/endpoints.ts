import { randomBytes } from 'node:crypto'
import { EngineError } from '../errors.ts'
import { macFor, parseAddress } from './addresses.ts'
import { settingsFor } from './container-names.ts'
import { endpointOptionsTrouble, wantedInterfaceName } from './endpoint-options.ts'
import type { EndpointSettings } from './endpoint-settings.ts'
import type { LiveNetwork } from './live-network.ts'
import { isPredefined, type Network } from './network.ts'
import type { Endpoint, SandboxRequest } from './sandbox.ts'

/** The links' names have one digit, of 36, for it. */
const MOST_INTERFACES = 36

export function newId(): string {
  return randomBytes(32).toString('hex')
}

/** A container's place in a network without interfaces of ours: `host` and `none`. */
export function plainEndpoint({ id }: Network): Endpoint {
  return {
    networkId: id,
    endpointId: newId(),
    index: 0,
    ipAddress: '',
    prefixLength: 0,
    gateway: '',
    ipv6Address: '',
    ipv6PrefixLength: 0,
    ipv6Gateway: '',
    macAddress: '',
    linkLocalAddresses: [],
    isPlugged: true,
  }
}

/**
 * Takes addresses for a container in a network.
 * @param others its places in other networks
 * @throws EngineError with docker's words; then nothing is taken
 */
export function allocateEndpoint(live: LiveNetwork, request: Pick<SandboxRequest, 'endpoints'>, others: readonly Endpoint[]): Endpoint {
  const { network } = live
  const asked = settingsFor(request, network)
  checkEndpoint(network, asked)
  const taken = new Set(others.map(({ index }) => index))
  const index = Array.from({ length: MOST_INTERFACES }, (_, i) => i).find((one) => !taken.has(one))
  if (index === undefined) throw new EngineError('invalid', `a container cannot be in more than ${MOST_INTERFACES} networks`)
  const ipAddress = live.allocate(4, asked.IPAMConfig?.IPv4Address ?? '') ?? ''
  try {
    const ipv6Address = live.allocate(6, asked.IPAMConfig?.IPv6Address ?? '') ?? ''
    return {
      ...plainEndpoint(network),
      index,
      interfaceName: interfaceNameFor(live, request, others),
      ipAddress,
      prefixLength: prefixLengthOf(live, 4, ipAddress),
      gateway: live.gatewayOf(4, ipAddress),
      ipv6Address,
      ipv6PrefixLength: prefixLengthOf(live, 6, ipv6Address),
      ipv6Gateway: live.gatewayOf(6, ipv6Address),
      macAddress: asked.MacAddress?.toLowerCase() || macFor(parseAddress(ipAddress)),
      linkLocalAddresses: asked.IPAMConfig?.LinkLocalIPs ?? [],
    }
  } catch (error) {
    live.release({ ipAddress, ipv6Address: '' })
    throw error
  }
}

/**
 * What was asked for, or the first number behind the network's prefix that no other interface of the container has or is to have.
 * @throws EngineError `system` with docker's words when the name that was asked for is taken
 */
function interfaceNameFor(live: LiveNetwork, request: Pick<SandboxRequest, 'endpoints'>, others: readonly Endpoint[]): string {
  const taken = new Set(others.map(({ interfaceName, index }) => interfaceName ?? `${live.options.interfacePrefix}${index}`))
  const wanted = wantedInterfaceName(settingsFor(request, live.network).DriverOpts)
  if (wanted !== undefined) {
    if (taken.has(wanted)) throw new EngineError('system', `error renaming interface to ${wanted}: file exists`)
    return wanted
  }
  for (const settings of Object.values(request.endpoints)) taken.add(wantedInterfaceName(settings.DriverOpts) ?? '')
  const { interfacePrefix } = live.options
  let number = 0
  while (taken.has(`${interfacePrefix}${number}`)) number += 1
  return `${interfacePrefix}${number}`
}

/**
 * Refuses what can never be, before anything is taken.
 * @throws EngineError `invalid` with docker's words, `not-implemented` for what we would not honour
 */
export function checkEndpoint(network: Network, { IPAMConfig, Aliases, MacAddress, DriverOpts, Links }: EndpointSettings): void {
  const { IPv4Address = '', IPv6Address = '', LinkLocalIPs = [] } = IPAMConfig ?? {}
  const wanted = [IPv4Address, IPv6Address].filter((address) => address !== '')
  if (isPredefined(network)) {
    if (wanted.length > 0) throw badSettings('user specified IP address is supported on user defined networks only')
    if (Aliases?.length) throw badSettings('network-scoped alias is supported only for containers in user defined networks')
  }
  if (IPv4Address !== '' && parseAddress(IPv4Address)?.version !== 4) throw badSettings(`invalid IPv4 address: ${IPv4Address}`)
  if (IPv6Address !== '' && parseAddress(IPv6Address)?.version !== 6) throw badSettings(`invalid IPv6 address: ${IPv6Address}`)
  for (const address of LinkLocalIPs) if (!parseAddress(address)) throw badSettings(`invalid link-local IP address: ${address}`)
  if (wanted.length > 0 && !network.hasChosenSubnet)
    throw badSettings('user specified IP address is supported only when connecting to networks with user configured subnets')
  if (MacAddress && !/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(MacAddress)) throw badSettings(`invalid MAC address: address ${MacAddress}: invalid MAC address`)
  const trouble = endpointOptionsTrouble(DriverOpts)
  if (trouble !== undefined) throw badSettings(trouble)
  for (const link of Links ?? []) if (!/^[^:]+(?::[^:]+)?$/.test(link)) throw new EngineError('invalid', `bad format for links: ${link}`)
}

/** Of a network that is none. @see Network.isConfigOnly */
export function refusedEndpoint(): EngineError {
  return new EngineError('forbidden', 'cannot create endpoint on configuration-only network')
}

function badSettings(message: string): EngineError {
  return new EngineError('invalid', `invalid endpoint settings:\n${message}`)
}

function prefixLengthOf(live: LiveNetwork, version: 4 | 6, address: string): number {
  return Number(live.poolOf(version, address)?.subnet.split('/')[1] ?? 0)
}
