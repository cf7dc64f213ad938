import { isIP } from 'node:net'
import { EngineError, messageOf } from '../errors.ts'
import { goBoolean, goInteger, notABoolean } from '../json/go-values.ts'
import type { IpVersion } from './addresses.ts'
import type { KernelNames } from './kernel-names.ts'
import type { Network } from './network.ts'

const NAME = 'com.docker.network.bridge.name'
const ICC = 'com.docker.network.bridge.enable_icc'
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade'
const HOST_BINDING = 'com.docker.network.bridge.host_binding_ipv4'
const MTU = 'com.docker.network.driver.mtu'
const PREFIX = 'com.docker.network.container_iface_prefix'
const TRUSTED = 'com.docker.network.bridge.trusted_host_interfaces'
const INHIBIT = 'com.docker.network.bridge.inhibit_ipv4'
/** Changes what a network is, and is not honoured: who asks for it must know. */
const REFUSED = 'com.docker.network.bridge.default_bridge'
const VERSIONS = [4, 6] as const
const modeOption = (version: IpVersion) => `com.docker.network.bridge.gateway_mode_ipv${version}`
const sourceOption = (version: IpVersion) => `com.docker.network.host_ipv${version}`

/**
 * How containers and the outside reach each other: `nat` by ports of the host only; `nat-unprotected` also at the containers'
 * addresses; `routed` only there, at ports that are published; `isolated` not at all, not even the host.
 * @see docker, "Packet filtering and firewalls", gateway modes
 */
export type GatewayMode = 'nat' | 'nat-unprotected' | 'routed' | 'isolated'

const GATEWAY_MODES: readonly string[] = ['nat', 'nat-unprotected', 'routed', 'isolated'] satisfies GatewayMode[]

/** What the options of a bridge network mean. @see docker network create, "Bridge driver options" */
export interface BridgeOptions {
  /** The interface of the host that is the bridge. */
  readonly bridge: string
  readonly mtu: number
  /** Whether its containers may talk to each other. */
  readonly allowsNeighbours: boolean
  /** Whether the outside sees the host's address instead of the containers'. */
  readonly hidesAddresses: boolean
  /** Which of the host's addresses it sees; empty for the one that the host itself would use. */
  readonly sources: Readonly<Record<IpVersion, string>>
  readonly gatewayModes: Readonly<Record<IpVersion, GatewayMode>>
  /** Interfaces of the host: who comes from there reaches published ports at the containers' addresses, too, if the mode is `nat`. */
  readonly trustedInterfaces: readonly string[]
  /** Whether somebody else gives the bridge an address in IPv4, if it is to have one. */
  readonly leavesIPv4: boolean
  /** For published ports that name no host address; empty for all. */
  readonly hostBinding: string
  /** Interfaces in containers are called by it and a number. */
  readonly interfacePrefix: string
}

/** @param defaultMtu the daemon's */
export function bridgeOptions({ id, options }: Pick<Network, 'id' | 'options'>, names: KernelNames, defaultMtu: number): BridgeOptions {
  return {
    bridge: options[NAME] || names.bridgeOf(id),
    mtu: Number(options[MTU] ?? 0) || defaultMtu,
    allowsNeighbours: goBoolean(options[ICC] ?? '') ?? true,
    hidesAddresses: goBoolean(options[MASQUERADE] ?? '') ?? true,
    sources: { 4: options[sourceOption(4)] ?? '', 6: options[sourceOption(6)] ?? '' },
    gatewayModes: { 4: gatewayMode(options, 4), 6: gatewayMode(options, 6) },
    trustedInterfaces: namesIn(options[TRUSTED]),
    leavesIPv4: leavesIPv4(options),
    hostBinding: options[HOST_BINDING] ?? '',
    interfacePrefix: options[PREFIX] || 'eth',
  }
}

function namesIn(list = ''): string[] {
  return list.split(':').filter((name) => name !== '')
}

/** Of an option that was checked. */
function gatewayMode(options: Readonly<Record<string, string>>, version: IpVersion): GatewayMode {
  const mode = options[modeOption(version)]
  return isGatewayMode(mode) ? mode : 'nat'
}

function isGatewayMode(text: string | undefined): text is GatewayMode {
  return text !== undefined && GATEWAY_MODES.includes(text)
}

function leavesIPv4(options: Readonly<Record<string, string>>): boolean {
  return goBoolean(options[INHIBIT] ?? '') ?? false
}

/** Whether no address is put aside for a gateway: nobody would be asked for it. */
export function lacksGateway({ options, isInternal }: Pick<Network, 'options' | 'isInternal'>, version: IpVersion): boolean {
  return gatewayMode(options, version) === 'isolated' || (version === 4 && isInternal && leavesIPv4(options))
}

/** @throws EngineError `system` (sic) with docker's words */
export function checkIsolation(options: Readonly<Record<string, string>>, isInternal: boolean): void {
  if (!isInternal && VERSIONS.some((version) => gatewayMode(options, version) === 'isolated'))
    throw new EngineError('system', `gateway mode 'isolated' can only be used for an internal network`)
}

/** @throws EngineError `invalid` for a value that cannot be, `not-implemented` for an option that would not be honoured */
export function checkBridgeOptions(options: Readonly<Record<string, string>>): void {
  if (REFUSED in options) throw new EngineError('not-implemented', `the network option ${REFUSED} is not supported by this engine`)
  for (const name of VERSIONS.map(modeOption))
    if (options[name] !== undefined && !isGatewayMode(options[name])) throw unreadable(name, options[name], `unknown gateway mode ${options[name]}`)
  for (const version of VERSIONS) {
    const source = options[sourceOption(version)]
    if (source !== undefined && isIP(source) !== version) throw unreadable(sourceOption(version), source, 'nil ip')
  }
  if (options[HOST_BINDING] !== undefined && isIP(options[HOST_BINDING]) === 0) throw unreadable(HOST_BINDING, options[HOST_BINDING], 'nil ip')
  for (const name of [ICC, MASQUERADE, INHIBIT]) {
    const text = options[name]
    if (text !== undefined && goBoolean(text) === undefined) throw unreadable(name, text, notABoolean(text))
  }
  const mtu = parseMtu(options[MTU])
  if (mtu !== 0 && (mtu < 68 || mtu > 65535)) throw new EngineError('invalid', `invalid MTU number: ${options[MTU]}`)
  for (const name of [options[NAME] ?? '', ...namesIn(options[TRUSTED])])
    if (!isInterfaceName(name)) throw new EngineError('invalid', `invalid name of a network interface: ${name}`)
  if (!/^[a-zA-Z]{0,10}$/.test(options[PREFIX] ?? '')) throw new EngineError('invalid', `invalid interface prefix: ${options[PREFIX]}`)
  if (options[PREFIX] === 'lo') throw new EngineError('invalid', 'invalid interface prefix: lo')
}

/** Empty is fine: then we choose. With a star, nft would take it for many. @see dev_valid_name in the kernel */
export function isInterfaceName(text: string): boolean {
  return text.length <= 15 && /^[^\s/:"\\*]*$/.test(text) && text !== '.' && text !== '..' && !text.startsWith('-')
}

/** 0, as if it was not said, for the daemon's. */
function parseMtu(text = '0'): number {
  try {
    return goInteger(text, 'Atoi')
  } catch (error) {
    throw unreadable(MTU, text, messageOf(error))
  }
}

function unreadable(name: string, value: string, reason: string): EngineError {
  return new EngineError('invalid', `failed to parse ${name} value: ${value} (${reason})`)
}
