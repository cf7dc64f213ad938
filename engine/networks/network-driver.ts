import { EngineError } from '../errors.ts'
import { checkBridgeOptions } from './bridge-options.ts'
import type { Driver } from './network.ts'
import { checkSubInterface } from './sub-interface.ts'

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
