import { type Static, Type } from 'typebox'
import { EngineError } from '../errors.ts'
import { goBoolean } from '../json/go-values.ts'
import { contains, formatSubnet, type IpVersion, overlaps, parseAddress, parseCidr, type Subnet } from './addresses.ts'
import { parseConfiguration } from './configuration.ts'
import type { AddressPool, Network } from './network.ts'
import { parseDriver } from './network-driver.ts'

const Text = Type.Optional(Type.String())
const Flag = Type.Optional(Type.Boolean())
const TextMap = Type.Optional(Type.Record(Type.String(), Type.String()))

/** @see Engine API 1.51 NetworkCreateRequest */
export const NetworkCreateSchema = Type.Object({
  Name: Text,
  Driver: Text,
  Scope: Text,
  Internal: Flag,
  Attachable: Flag,
  Ingress: Flag,
  ConfigOnly: Flag,
  ConfigFrom: Type.Optional(Type.Object({ Network: Text })),
  IPAM: Type.Optional(
    Type.Object({
      Driver: Text,
      Options: TextMap,
      Config: Type.Optional(Type.Array(Type.Object({ Subnet: Text, IPRange: Text, Gateway: Text, AuxiliaryAddresses: TextMap, AuxAddress: TextMap }))),
    }),
  ),
  EnableIPv4: Flag,
  EnableIPv6: Flag,
  Options: TextMap,
  Labels: TextMap,
})
export type NetworkCreateBody = Static<typeof NetworkCreateSchema>

/** A network that somebody wants, as far as it was said: pools without a subnet or a gateway get one. */
export type NetworkRequest = Omit<Network, 'id' | 'createdAt' | 'hasChosenSubnet'>

const PREDEFINED = ['bridge', 'host', 'none', 'default']

/**
 * Reads what a client asks for.
 * @throws EngineError with docker's words for what cannot be, `not-implemented` for what we would not honour
 */
export function parseNetwork(body: NetworkCreateBody): NetworkRequest {
  const { Name: name = '', ConfigOnly: isConfigOnly = false, IPAM } = body
  if (name.trim() === '') throw new EngineError('invalid', 'invalid name: name is empty')
  if (PREDEFINED.includes(name)) throw new EngineError('forbidden', `operation is not permitted on predefined ${name} network `)
  const configFrom = parseConfiguration(body)
  refuseUnknown(body)
  const { options, hasIPv4, hasIPv6 } = parseVersions(body)
  const driver = isConfigOnly ? 'null' : parseDriver(body.Driver || 'bridge', options)
  return {
    name,
    driver,
    pools: (IPAM?.Config ?? []).map((config) => parsePoolConfig(config, { 4: hasIPv4, 6: hasIPv6 })),
    options,
    labels: body.Labels ?? {},
    isInternal: body.Internal ?? false,
    isAttachable: body.Attachable ?? false,
    hasIPv6,
    ...(!hasIPv4 && { lacksIPv4: true }),
    ...(isConfigOnly && { isConfigOnly }),
    ...(configFrom && { configFrom }),
  }
}

const ENABLE_IPV4 = 'com.docker.network.enable_ipv4'
const ENABLE_IPV6 = 'com.docker.network.enable_ipv6'

/** Which IP versions it is to have: as the request says, or else an option, which is then no longer one. */
function parseVersions({ EnableIPv4, EnableIPv6, Options = {} }: NetworkCreateBody) {
  const said: Readonly<Record<string, boolean | undefined>> = { [ENABLE_IPV4]: EnableIPv4, [ENABLE_IPV6]: EnableIPv6 }
  const options = Object.fromEntries(Object.entries(Options).filter(([name]) => said[name] === undefined))
  const flag = (name: string, otherwise: boolean) => said[name] ?? (options[name] === undefined ? otherwise : parseFlag(name, options[name]))
  return { options, hasIPv4: flag(ENABLE_IPV4, true), hasIPv6: flag(ENABLE_IPV6, false) }
}

function parseFlag(name: string, text: string): boolean {
  const value = goBoolean(text)
  if (value === undefined) throw new EngineError('invalid', `driver-opt ${JSON.stringify(name)} is not a valid bool`)
  return value
}

function refuseUnknown({ Ingress, Scope, IPAM }: NetworkCreateBody): void {
  const refused = (what: string) => new EngineError('not-implemented', `${what} is not supported by this engine`)
  if (Ingress) throw refused('a routing-mesh network (--ingress)')
  if (Scope && Scope !== 'local') throw refused(`a network of scope ${Scope}`)
  if (IPAM?.Driver && IPAM.Driver !== 'default') throw refused(`the IPAM driver ${IPAM.Driver}`)
  if (Object.keys(IPAM?.Options ?? {}).length > 0) throw refused(`the IPAM option ${Object.keys(IPAM?.Options ?? {})[0]}`)
}

interface PoolConfig {
  readonly Subnet?: string
  readonly IPRange?: string
  readonly Gateway?: string
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>>
  /** What docker-compose 1 calls them. */
  readonly AuxAddress?: Readonly<Record<string, string>>
}

/** All that is wrong with it is said at once, as docker does. */
function parsePoolConfig(
  { Subnet = '', IPRange = '', Gateway = '', AuxiliaryAddresses, AuxAddress }: PoolConfig,
  enabled: Readonly<Record<IpVersion, boolean>>,
): AddressPool {
  const auxAddresses = { ...AuxiliaryAddresses, ...AuxAddress }
  const wrong: string[] = []
  const subnet = parsed('subnet', Subnet, wrong)
  if (subnet && !enabled[subnet.version]) wrong.push(`invalid subnet ${Subnet}: IPv${subnet.version} is not enabled for this network`)
  if (subnet && IPRange !== '') checkRange(IPRange, subnet, wrong)
  if (subnet) {
    if (Gateway !== '') checkMember('gateway', Gateway, subnet, wrong)
    for (const address of Object.values(auxAddresses)) checkMember('auxiliary address', address, subnet, wrong)
  }
  if (wrong.length > 0) throw new EngineError('invalid', `invalid network config:\n${wrong.join('\n')}`)
  return { subnet: Subnet, gateway: Gateway, ipRange: IPRange, auxAddresses }
}

function parsed(what: string, text: string, wrong: string[]): Subnet | undefined {
  const cidr = parseCidr(text)
  if (!cidr) wrong.push(`invalid ${what} ${text}: invalid CIDR block notation`)
  else if (cidr.address.value !== cidr.subnet.base) wrong.push(`invalid ${what} ${text}: it should be ${formatSubnet(cidr.subnet)}`)
  return cidr?.subnet
}

function checkRange(text: string, subnet: Subnet, wrong: string[]): void {
  const range = parsed('ip-range', text, wrong)
  if (!range) return
  if (range.version !== subnet.version) wrong.push(`invalid ip-range ${text}: parent subnet is an IPv${subnet.version} block`)
  else if (range.prefixLength < subnet.prefixLength) wrong.push(`invalid ip-range ${text}: CIDR block is bigger than its parent subnet ${formatSubnet(subnet)}`)
  else if (!overlaps(subnet, range)) wrong.push(`invalid ip-range ${text}: parent subnet ${formatSubnet(subnet)} doesn't contain ip-range`)
}

function checkMember(what: string, text: string, subnet: Subnet, wrong: string[]): void {
  const address = parseAddress(text)
  if (!address) wrong.push(`invalid ${what} ${text}: invalid address`)
  else if (address.version !== subnet.version) wrong.push(`invalid ${what} ${text}: parent subnet is an IPv${subnet.version} block`)
  else if (!contains(subnet, address)) wrong.push(`invalid ${what} ${text}: parent subnet ${formatSubnet(subnet)} doesn't contain this address`)
}
