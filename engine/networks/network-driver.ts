import { EngineError } from '../errors.ts'
import { checkBridgeOptions } from './bridge-options.ts'
import type { Driver } from './network.ts'

/**
 * Which kind of network it is to be, if its options are right for that kind.
 * @throws EngineError with docker's words for what cannot be, `not-implemented` for what we would not honour
 */
export function parseDriver(driver: string, options: Readonly<Record<string, string>>): Driver {
  switch (driver) {
    case 'bridge':
      checkBridgeOptions(options)
      return driver
    case 'macvlan':
    case 'ipvlan':
      checkSubInterface(driver, options)
      return driver
    case 'host':
    case 'null':
      throw new EngineError('forbidden', `only one instance of "${driver}" network is allowed`)
    default:
      throw new EngineError('not-found', `plugin "${driver}" not found`)
  }
}

const MODES: Readonly<Record<string, readonly string[]>> = { macvlan: ['bridge', 'private', 'vepa', 'passthru'], ipvlan: ['l2'] }

function checkSubInterface(driver: 'macvlan' | 'ipvlan', options: Readonly<Record<string, string>>): void {
  if (!options.parent) throw new EngineError('not-implemented', `a ${driver} network without a parent is not supported by this engine: use -o parent=INTERFACE`)
  const mode = options[`${driver}_mode`]
  if (driver === 'ipvlan' && (mode === 'l3' || mode === 'l3s'))
    throw new EngineError('not-implemented', `ipvlan_mode=${mode} is not supported by this engine: only l2`)
  if (mode && !MODES[driver]?.includes(mode))
    throw new EngineError('invalid', `requested ${driver} mode '${mode}' is not valid, '${MODES[driver]?.[0]}' mode is the ${driver} driver default`)
  if (options.ipvlan_flag && options.ipvlan_flag !== 'bridge')
    throw new EngineError('not-implemented', 'the network option ipvlan_flag is not supported by this engine')
}
