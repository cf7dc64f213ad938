import { EngineError } from '../errors.ts'
import type { SubInterface } from '../linux/links.ts'
import type { Network } from './network.ts'

/**
 * Networks whose containers have interfaces of their own on one of the host's, the parent: macvlan and ipvlan. There is no
 * bridge, and the gateway is a router outside.
 * @see docker's documentation, "Macvlan network driver", "IPvlan network driver"
 */
type Driver = SubInterface['type']

interface Kind {
  /** The first is the default. */
  readonly modes: readonly string[]
  readonly flags: readonly string[]
  /** Of the parent's name when we make one that leads nowhere. */
  readonly dummyStart: string
}

const KINDS: Readonly<Record<Driver, Kind>> = {
  macvlan: { modes: ['bridge', 'private', 'vepa', 'passthru'], flags: [], dummyStart: 'dm-' },
  ipvlan: { modes: ['l2', 'l3', 'l3s'], flags: ['bridge', 'private', 'vepa'], dummyStart: 'di-' },
}

/** What of a network tells what its interfaces are. */
type Described = Pick<Network, 'id' | 'driver' | 'options' | 'isInternal'>

/** The kind of interfaces; undefined for other drivers. */
export function subInterfaceDriver({ driver }: Pick<Network, 'driver'>): Driver | undefined {
  return driver === 'macvlan' || driver === 'ipvlan' ? driver : undefined
}

/** The interface of the host's: the one that was asked for, or one of ours that leads nowhere. */
export function parentOf({ id, driver, options }: Pick<Network, 'id' | 'driver' | 'options'>): string {
  return options.parent || `${KINDS[kindOf({ driver })].dummyStart}${id.slice(0, 12)}`
}

/** Of a network that is one of the two. */
function kindOf(network: Pick<Network, 'driver'>): Driver {
  return subInterfaceDriver(network) ?? 'macvlan'
}

/** A container's interface. */
export function subInterfaceOf(network: Described): SubInterface {
  const type = kindOf(network)
  const [defaultMode = ''] = KINDS[type].modes
  const flag = type === 'ipvlan' ? network.options.ipvlan_flag : undefined
  return { type, parent: parentOf(network), mode: network.options[`${type}_mode`] || defaultMode, ...(flag && { flag }) }
}

/** Whether nothing outside is reached through it. */
export function isEnclosed({ driver, options, isInternal }: Omit<Described, 'id'>): boolean {
  return isInternal || (subInterfaceDriver({ driver }) !== undefined && !options.parent)
}

/** Whether the host routes what containers send, as with ipvlan in layer 3: they name no gateway. */
export function isRouted({ driver, options }: Pick<Network, 'driver' | 'options'>): boolean {
  return driver === 'ipvlan' && (options.ipvlan_mode === 'l3' || options.ipvlan_mode === 'l3s')
}

/** Whether containers send to a gateway what is for elsewhere; only then is there an address for it. */
export function hasGateway(network: Omit<Described, 'id'>): boolean {
  return subInterfaceDriver(network) === undefined || !(isEnclosed(network) || isRouted(network))
}

/** @throws EngineError with docker's words for options that cannot be */
export function checkSubInterface(driver: Driver, options: Readonly<Record<string, string>>): void {
  const { modes, flags } = KINDS[driver]
  const mode = options[`${driver}_mode`]
  const refused = (message: string) => new EngineError('system', message)
  if (mode && !modes.includes(mode)) throw refused(`requested ${driver} mode '${mode}' is not valid, '${modes[0]}' mode is the ${driver} driver default`)
  const flag = options[`${driver}_flag`]
  if (driver === 'ipvlan' && flag && !flags.includes(flag))
    throw refused(`requested ${driver} flag '${flag}' is not valid, '${flags[0]}' is the ${driver} driver default`)
  if (options.parent === 'lo') throw refused(`loopback interface is not a valid ${driver} parent link`)
}
