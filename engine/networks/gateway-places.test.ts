import { describe, expect, it } from 'vitest'
import { bridgeOptions } from './bridge-options.ts'
import { plainEndpoint } from './endpoints.ts'
import { defaultRoutes, gatewayPlaces, type Place } from './gateway-places.ts'
import { KernelNames } from './kernel-names.ts'
import { LiveNetwork } from './live-network.ts'
import { newNetwork } from './network.ts'
import { bindingsOf, portTargets } from './port-targets.ts'

type Versions = '4' | '6' | '46'

function place(
  name: string,
  versions: Versions = '4',
  { isInternal = false, options = {} }: { isInternal?: boolean; options?: Record<string, string> } = {},
): Place {
  const pools = [...versions].map((version) => ({ subnet: version === '4' ? '10.0.0.0/24' : 'fd00::/64', gateway: '', ipRange: '', auxAddresses: {} }))
  const network = { ...newNetwork(), name, driver: 'bridge' as const, pools, isInternal, options }
  const live = new LiveNetwork(network, bridgeOptions(network, new KernelNames('ab12'), 1500))
  const endpoint = {
    ...plainEndpoint(network),
    interfaceName: `to-${name}`,
    ...(versions.includes('4') && { ipAddress: '10.0.0.2', gateway: '10.0.0.1' }),
    ...(versions.includes('6') && { ipv6Address: 'fd00::2', ipv6Gateway: 'fd00::1' }),
  }
  return { live, endpoint }
}

const request = (priorities: Readonly<Record<string, number>> = {}) => ({
  endpoints: Object.fromEntries(Object.entries(priorities).map(([name, GwPriority]) => [name, { GwPriority }])),
})

describe('a container goes out', () => {
  const ways = (places: readonly Place[], priorities?: Readonly<Record<string, number>>) => {
    const { ipv4, ipv6 } = gatewayPlaces(places, request(priorities))
    return [ipv4?.live.network.name, ipv6?.live.network.name]
  }

  it.each<[string, readonly Place[], Readonly<Record<string, number>>, readonly [string | undefined, string | undefined]]>([
    ['by the first of its networks', [place('bb'), place('aa')], {}, ['aa', undefined]],
    ['by the one of the highest priority', [place('aa'), place('bb'), place('cc')], { bb: 2, cc: 1 }, ['bb', undefined]],
    ['by another in IPv6, if it must', [place('aa'), place('bb', '6')], {}, ['aa', 'bb']],
    ['by one that has both before those that have one', [place('aa'), place('bb', '6'), place('cc', '46')], { bb: 1 }, ['cc', 'cc']],
    ['not by an internal one', [place('aa', '46', { isInternal: true }), place('bb')], {}, ['bb', undefined]],
    ['by none if there is no other', [place('aa', '4', { isInternal: true })], {}, [undefined, undefined]],
  ])('%s', (_, places, priorities, expected) => expect(ways(places, priorities)).toEqual(expected))

  it('with a route for each version', () =>
    expect(defaultRoutes(gatewayPlaces([place('aa'), place('bb', '6')], request()))).toEqual([
      { version: 4, interfaceName: 'to-aa', gateway: '10.0.0.1' },
      { version: 6, interfaceName: 'to-bb', gateway: 'fd00::1' },
    ]))
})

describe('with macvlan and ipvlan a container goes out', () => {
  const wire = (driver: 'macvlan' | 'ipvlan', options: Record<string, string>) => {
    const { live, endpoint } = place('wire', '4', { options })
    const other = new LiveNetwork({ ...live.network, driver }, live.options)
    return { live: other, endpoint: { ...endpoint, ipv6Address: 'fd00::2', gateway: driver === 'ipvlan' ? '' : endpoint.gateway } }
  }

  it('not by what leads nowhere', () => expect(gatewayPlaces([wire('macvlan', {})], request())).toEqual({ ipv4: undefined, ipv6: undefined }))

  it.each(['l3', 'l3s'])('without a gateway if the host routes: ipvlan %s', (mode) =>
    expect(defaultRoutes(gatewayPlaces([wire('ipvlan', { parent: 'eth7', ipvlan_mode: mode })], request()))).toEqual([
      { version: 4, interfaceName: 'to-wire', gateway: '' },
      { version: 6, interfaceName: 'to-wire', gateway: '' },
    ]),
  )

  it('with no ports of the host', () =>
    expect(portTargets(gatewayPlaces([wire('macvlan', { parent: 'eth7' })], request()))).toEqual({ ipv4: undefined, ipv6: undefined }))
})

describe('a port is published', () => {
  const ROUTED_4 = { 'com.docker.network.bridge.gateway_mode_ipv4': 'routed' }
  const ROUTED_6 = { 'com.docker.network.bridge.gateway_mode_ipv6': 'routed' }
  const at = (address: string) => ({ 'com.docker.network.bridge.host_binding_ipv4': address })

  it.each<[string, Versions, Readonly<Record<string, string>>, string, readonly string[]]>([
    ['on all addresses', '4', {}, '', ['0.0.0.0 > 10.0.0.2', ':: > 10.0.0.2']],
    ['on all addresses of a container with both', '46', {}, '', ['0.0.0.0 > 10.0.0.2', ':: > fd00::2']],
    ['on those of IPv6 only when there is no IPv4', '6', {}, '', [':: > fd00::2']],
    ['not on an address of IPv4 without IPv4', '6', {}, '127.0.0.1', []],
    ['on an address', '46', {}, '127.0.0.1', ['127.0.0.1 > 10.0.0.2']],
    ['on an address of IPv6', '46', {}, '::1', ['::1 > fd00::2']],
    ['on the address of the network', '46', at('127.0.0.1'), '', ['127.0.0.1 > 10.0.0.2']],
    ['on all addresses, which are those of the network', '46', at('0.0.0.0'), '', ['0.0.0.0 > 10.0.0.2', ':: > fd00::2']],
    ['open', '46', { ...ROUTED_4, ...ROUTED_6 }, '', ['0.0.0.0 = 10.0.0.2', ':: = fd00::2']],
    ['open, whatever address was asked for', '46', { ...ROUTED_4, ...at('192.0.2.1') }, '192.0.2.2', ['0.0.0.0 = 10.0.0.2']],
    ['open in IPv6, on the host in IPv4', '46', ROUTED_6, '', ['0.0.0.0 > 10.0.0.2', ':: = fd00::2']],
    ['open in IPv4, and on the host for those who come by IPv6', '4', ROUTED_4, '', ['0.0.0.0 = 10.0.0.2', ':: > 10.0.0.2']],
  ])('%s', (_, versions, options, asked, expected) => {
    const targets = portTargets(gatewayPlaces([place('net', versions, { options })], request()))
    expect(bindingsOf(asked, targets).map(({ hostIp, target, isRouted }) => `${hostIp} ${isRouted ? '=' : '>'} ${target}`)).toEqual(expected)
  })
})
