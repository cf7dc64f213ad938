import { BlockList, isIP } from 'node:net'

/** @see Engine API 1.51 IPAMConfig */
export interface PoolBody {
  readonly Subnet: string
  IPRange?: string
  Gateway?: string
  readonly AuxiliaryAddresses: Record<string, string>
}

interface Wanted {
  readonly subnets: readonly string[]
  readonly ranges: readonly string[]
  readonly gateways: readonly string[]
  readonly auxAddresses: Readonly<Record<string, string>>
}

/**
 * What several flags say about each subnet: a range, a gateway or an address belongs to the one that it is in.
 * @throws Error with docker's words
 */
export function addressPools({ subnets, ranges, gateways, auxAddresses }: Wanted): PoolBody[] {
  if (subnets.length < ranges.length || subnets.length < gateways.length) throw new Error('every ip-range or gateway must have a corresponding subnet')
  const pools: PoolBody[] = []
  for (const subnet of subnets) {
    if (pools.some(({ Subnet }) => isIn(subnet, Subnet) || isIn(Subnet, subnet))) throw new Error('multiple overlapping subnet configuration is not supported')
    pools.push({ Subnet: subnet, AuxiliaryAddresses: {} })
  }
  const poolOf = (what: string, address: string) => {
    const pool = pools.find(({ Subnet }) => isIn(Subnet, address))
    if (!pool) throw new Error(`no matching subnet for ${what} ${address}`)
    return pool
  }
  for (const range of ranges) {
    const pool = poolOf('range', range)
    if (pool.IPRange) throw new Error(`cannot configure multiple ranges (${range}, ${pool.IPRange}) on the same subnet (${pool.Subnet})`)
    pool.IPRange = range
  }
  for (const gateway of gateways) {
    const pool = poolOf('gateway', gateway)
    if (pool.Gateway) throw new Error(`cannot configure multiple gateways (${gateway}, ${pool.Gateway}) for the same subnet (${pool.Subnet})`)
    pool.Gateway = gateway
  }
  for (const [name, address] of Object.entries(auxAddresses)) poolOf('aux-address', address).AuxiliaryAddresses[name] = address
  return pools
}

/** @param inner an address, or a subnet by its first one @throws Error for a subnet that is none */
function isIn(subnet: string, inner: string): boolean {
  const [base = '', length = ''] = subnet.split('/')
  if (isIP(base) === 0 || !/^\d+$/.test(length) || Number(length) > (isIP(base) === 6 ? 128 : 32))
    throw new Error(`invalid subnet: invalid CIDR address: ${subnet}`)
  const [address = ''] = inner.split('/')
  const family = (text: string) => (isIP(text) === 6 ? 'ipv6' : 'ipv4')
  if (isIP(address) === 0 || family(address) !== family(base)) return false
  const block = new BlockList()
  block.addSubnet(base, Number(length), family(base))
  return block.check(address, family(address))
}
