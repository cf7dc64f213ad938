import { EngineError } from '../errors.ts'
import type { KernelNames } from './kernel-names.ts'
import type { Network } from './network.ts'

const NAME = 'com.docker.network.bridge.name'
const ICC = 'com.docker.network.bridge.enable_icc'
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade'
const HOST_BINDING = 'com.docker.network.bridge.host_binding_ipv4'
const MTU = 'com.docker.network.driver.mtu'
const PREFIX = 'com.docker.network.container_iface_prefix'

/** Options that change what a network is, and that we do not honour: who asks for them must know. */
const REFUSED = [
  'com.docker.network.bridge.inhibit_ipv4',
  'com.docker.network.bridge.trusted_host_interfaces',
  'com.docker.network.bridge.default_bridge',
  'com.docker.network.host_ipv4',
  'com.docker.network.host_ipv6',
]
const GATEWAY_MODES = ['com.docker.network.bridge.gateway_mode_ipv4', 'com.docker.network.bridge.gateway_mode_ipv6']

/** What the options of a bridge network mean. @see docker network create, "Bridge driver options" */
export interface BridgeOptions {
  /** The interface of the host that is the bridge. */
  readonly bridge: string
  readonly mtu: number
  /** Whether its containers may talk to each other. */
  readonly allowsNeighbours: boolean
  /** Whether the outside sees the host's address instead of the containers'. */
  readonly hidesAddresses: boolean
  /** For published ports that name no host address; empty for all. */
  readonly hostBinding: string
  /** Interfaces in containers are called by it and a number. */
  readonly interfacePrefix: string
}

/** @param defaultMtu the daemon's */
export function bridgeOptions({ id, options }: Pick<Network, 'id' | 'options'>, names: KernelNames, defaultMtu: number): BridgeOptions {
  return {
    bridge: options[NAME] || names.bridgeOf(id),
    mtu: Number(options[MTU] || defaultMtu),
    allowsNeighbours: isTrue(options[ICC]),
    hidesAddresses: isTrue(options[MASQUERADE]),
    hostBinding: options[HOST_BINDING] ?? '',
    interfacePrefix: options[PREFIX] || 'eth',
  }
}

/** @throws EngineError `invalid` for a value that cannot be, `not-implemented` for an option that would not be honoured */
export function checkBridgeOptions(options: Readonly<Record<string, string>>): void {
  for (const name of REFUSED) if (name in options) throw new EngineError('not-implemented', `the network option ${name} is not supported by this engine`)
  for (const name of GATEWAY_MODES) {
    if (options[name] && options[name] !== 'nat') throw new EngineError('not-implemented', `${name}=${options[name]} is not supported by this engine: only nat`)
  }
  for (const name of [ICC, MASQUERADE]) if (!/^(1|0|t|f|true|false)?$/i.test(options[name] ?? '')) throw unparsable(name, options[name], 'ParseBool')
  if (!/^\d*$/.test(options[MTU] ?? '')) throw unparsable(MTU, options[MTU], 'Atoi')
  const mtu = Number(options[MTU] || 1500)
  if (mtu < 68 || mtu > 65535) throw new EngineError('invalid', `invalid MTU number: ${options[MTU]}`)
  if (!isInterfaceName(options[NAME] ?? '')) throw new EngineError('invalid', `invalid name of a network interface: ${options[NAME]}`)
  if (!/^[a-zA-Z]{0,10}$/.test(options[PREFIX] ?? '')) throw new EngineError('invalid', `invalid interface prefix: ${options[PREFIX]}`)
  if (options[PREFIX] === 'lo') throw new EngineError('invalid', 'invalid interface prefix: lo')
}

/** Empty is fine: then we choose. @see dev_valid_name in the kernel */
export function isInterfaceName(text: string): boolean {
  return text.length <= 15 && /^[^\s/:"\\]*$/.test(text) && text !== '.' && text !== '..' && !text.startsWith('-')
}

function isTrue(text: string | undefined): boolean {
  return !/^(0|f|false)$/i.test(text ?? '')
}

/** @param parser of Go, whose words clients see */
function unparsable(name: string, value: string | undefined, parser: string): EngineError {
  return new EngineError('invalid', `failed to parse ${name} value: ${value} (strconv.${parser}: parsing ${JSON.stringify(value)}: invalid syntax)`)
}
