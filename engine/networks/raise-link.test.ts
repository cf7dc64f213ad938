import { describe, expect, it } from 'vitest'
import { addressCommands, creationCommands } from '../linux/links.ts'
import { bridgeOptions } from './bridge-options.ts'
import { plainEndpoint } from './endpoints.ts'
import { KernelNames } from './kernel-names.ts'
import { LiveNetwork } from './live-network.ts'
import { type Network, newNetwork } from './network.ts'
import { gatewayPlace, interfaceFor } from './raise-link.ts'
import type { SandboxRequest } from './sandbox.ts'

const names = new KernelNames('ab12')
const containerId = '0123456789abcdef'.repeat(4)

function place(name: string, change: Partial<Network> = {}, index = 0) {
  const network = {
    ...newNetwork(),
    name,
    driver: 'bridge',
    pools: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.1', ipRange: '', auxAddresses: {} }],
    ...change,
  } as Network
  const live = new LiveNetwork(network, bridgeOptions(network, names, 1500))
  const endpoint = { ...plainEndpoint(network), index, ipAddress: '10.0.0.2', prefixLength: 24, gateway: '10.0.0.1', macAddress: '02:42:0a:00:00:02' }
  return { live, endpoint }
}

const request = (endpoints: SandboxRequest['endpoints'] = {}) => ({ endpoints }) as SandboxRequest

describe('an interface', () => {
  it('on a bridge is one end of a pair', () => {
    const { live, endpoint } = place('net', { options: { 'com.docker.network.bridge.name': 'br0', 'com.docker.network.container_iface_prefix': 'lan' } }, 1)
    const wanted = interfaceFor(live, containerId, { ...endpoint, ipv6Address: 'fd00::2', ipv6PrefixLength: 64, linkLocalAddresses: ['169.254.1.1'] }, names)
    expect(creationCommands('ns', wanted)).toEqual([
      'link add erab12012345671 mtu 1500 type veth peer name lan1 mtu 1500 address 02:42:0a:00:00:02 netns ns',
      'link set erab12012345671 master br0 up',
      'link set erab12012345671 type bridge_slave hairpin on isolated off',
    ])
    expect(addressCommands(wanted)).toEqual([
      'addr add 10.0.0.2/24 dev lan1',
      'addr add fd00::2/64 dev lan1 nodad',
      'addr add 169.254.1.1/16 dev lan1',
      'link set lan1 up',
    ])
  })

  it.each([
    ['macvlan', {}, 'link add link eth7 name eth0 netns ns mtu 1500 address 02:42:0a:00:00:02 type macvlan mode bridge'],
    ['macvlan', { macvlan_mode: 'private' }, 'link add link eth7 name eth0 netns ns mtu 1500 address 02:42:0a:00:00:02 type macvlan mode private'],
    // The parent's address is everybody's.
    ['ipvlan', {}, 'link add link eth7 name eth0 netns ns mtu 1500 type ipvlan mode l2'],
  ] as const)('of %s %j is on another one', (driver, options, command) => {
    const { live, endpoint } = place('wire', { driver, options: { parent: 'eth7', ...options } })
    expect(creationCommands('ns', interfaceFor(live, containerId, endpoint, names))).toEqual([command])
  })
})

describe('a container goes out', () => {
  const nameOf = (found: ReturnType<typeof gatewayPlace>) => found?.live.network.name

  it('by the first of its networks', () => expect(nameOf(gatewayPlace([place('bb'), place('aa')], request()))).toBe('aa'))
  it('by the one of the highest priority', () =>
    expect(nameOf(gatewayPlace([place('aa'), place('bb'), place('cc')], request({ bb: { GwPriority: 2 }, cc: { GwPriority: 1 } })))).toBe('bb'))
  it('not by an internal one, and by none if there is no other', () => {
    expect(nameOf(gatewayPlace([place('aa', { isInternal: true }), place('bb')], request()))).toBe('bb')
    expect(gatewayPlace([place('aa', { isInternal: true })], request())).toBeUndefined()
  })
})
