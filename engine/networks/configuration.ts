import { EngineError } from '../errors.ts'
import type { NetworkCreateBody, NetworkRequest } from './create-request.ts'
import type { Network } from './network.ts'
import { parseDriver } from './network-driver.ts'

/** @returns the name of the configuration (`--config-from`) that it is made from, or nothing @throws EngineError `forbidden` with docker's words */
export function parseConfiguration({
  ConfigOnly,
  ConfigFrom,
  Internal,
  Attachable,
  Ingress,
  Scope,
  EnableIPv4,
  EnableIPv6,
  Labels,
  Options,
  IPAM,
}: NetworkCreateBody): string {
  const forbidden = (why: string) => new EngineError('forbidden', why)
  const from = ConfigFrom?.Network ?? ''
  if (ConfigOnly && (Internal || Attachable || Ingress || Scope)) throw forbidden(OPERATORS_FIELDS)
  if (from === '') return from
  if (ConfigOnly) throw forbidden('a configuration network cannot depend on another configuration network')
  const says = (values: object | undefined) => Object.keys(values ?? {}).length > 0
  if (EnableIPv4 === false || EnableIPv6 || says(Labels) || says(IPAM?.Config) || says(IPAM?.Options))
    throw forbidden('user specified configurations are not supported if the network depends on a configuration network')
  if (says(Options)) throw forbidden('network driver options are not supported if the network depends on a configuration network')
  return from
}

const OPERATORS_FIELDS =
  'configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.'

/**
 * A network with what its configuration says.
 * @throws EngineError `not-found` when there is none of that name, otherwise as {@link parseNetwork} does
 */
export function configured(request: NetworkRequest, networks: readonly Network[]): NetworkRequest {
  if (request.configFrom === undefined) return request
  const from = networks.find(({ name, isConfigOnly }) => isConfigOnly && name === request.configFrom)
  if (!from) throw new EngineError('not-found', `configuration network ${JSON.stringify(request.configFrom)} does not exist`)
  const { pools, options, labels, hasIPv6, lacksIPv4 } = from
  parseDriver(request.driver, options)
  return { ...request, pools, options, labels, hasIPv6, ...(lacksIPv4 && { lacksIPv4 }) }
}
