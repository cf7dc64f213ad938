import { describe, expect, it } from 'vitest'
import { addressCommands, creationCommands } from '../linux/links.ts'
import { bridgeOptions } from './bridge-options.ts'
import { endpointOptionsTrouble } from './endpoint-options.ts'
import { allocateEndpoint, plainEndpoint } from './endpoints.ts'
import { KernelNames } from './kernel-names.ts'
import { LiveNetwork } from './live-network.ts'
import { type Network, type NetworkId, newNetwork } from './network.ts'
import { interfaceFor } from './raise-link.ts'
import type { SandboxRequest } from './sandbox.ts'

const names = new KernelNames('ab12')
const containerId = '0123456789abcdef'.repeat(4)

function place(name: string, change: Partial<Network> = {}, index = 0) {
  const network: Network = {
    ...newNetwork(),
    name,
    driver: 'bridge',
    pools: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.1', ipRange: '', auxAddresses: {} }],
    ...change,
  }
  const live = new LiveNetwork(network, bridgeOptions(network, names, 1500))
  const endpoint = { ...plainEndpoint(network), index, ipAddress: '10.0.0.2', prefixLength: 24, gateway: '10.0.0.1', macAddress: '02:42:0a:00:00:02' }
  return { live, endpoint }
}

const request = (endpoints: SandboxRequest['endpoints'] = {}) => ({ containerId, endpoints })

describe('an interface', () => {
  it('on a bridge is one end of a pair', () => {
    const { live, endpoint } = place('net', { options: { 'com.docker.network.bridge.name': 'br0', 'com.docker.network.container_iface_prefix': 'lan' } }, 1)
    const wanted = interfaceFor(
      { live, endpoint: { ...endpoint, ipv6Address: 'fd00::2', ipv6PrefixLength: 64, linkLocalAddresses: ['169.254.1.1'] } },
      request(),
      names,
    )
    expect(creationCommands('ns', wanted)).toEqual([
      'link add erab12012345671 mtu 1500 type veth peer name lan1 mtu 1500 address 02:42:0a:00:00:02 netns ns',
      'link set erab12012345671 master br0 up',
      'link set erab12012345671 type bridge_slave hairpin on isolated off',
    ])
    expect(addressCommands(wanted)).toEqual(['addr add 10.0.0.2/24 dev lan1', 'addr add fd00::2/64 dev lan1 nodad', 'addr add 169.254.1.1/16 dev lan1'])
  })

  it.each([
    ['macvlan', {}, 'link add link eth7 name eth0 netns ns mtu 1500 address 02:42:0a:00:00:02 type macvlan mode bridge'],
    ['macvlan', { macvlan_mode: 'private' }, 'link add link eth7 name eth0 netns ns mtu 1500 address 02:42:0a:00:00:02 type macvlan mode private'],
    // The parent's address is everybody's.
    ['ipvlan', {}, 'link add link eth7 name eth0 netns ns mtu 1500 type ipvlan mode l2'],
    ['ipvlan', { ipvlan_mode: 'l3', ipvlan_flag: 'private' }, 'link add link eth7 name eth0 netns ns mtu 1500 type ipvlan mode l3 private'],
  ] as const)('of %s %j is on another one', (driver, options, command) => {
    const { live, endpoint } = place('wire', { driver, options: { parent: 'eth7', ...options } })
    expect(creationCommands('ns', interfaceFor({ live, endpoint }, request(), names))).toEqual([command])
  })

  it.each([
    ['macvlan', 'dm-0123456789ab'],
    ['ipvlan', 'di-0123456789ab'],
  ] as const)('of %s without a parent is on one of ours', (driver, parent) => {
    const { live, endpoint } = place('wire', { driver, id: containerId as NetworkId })
    expect(interfaceFor({ live, endpoint }, request(), names).attachment).toMatchObject({ parent })
  })
})

describe('the options of a place', () => {
  it('name the interface and set its parameters', () => {
    const options = {
      'com.docker.network.endpoint.ifname': 'lan',
      'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.forwarding=1,net.ipv6.neigh.ifname.retrans_time_ms=500',
    }
    const { live, endpoint } = place('net')
    const wanted = interfaceFor({ live, endpoint: { ...endpoint, interfaceName: 'lan' } }, request({ net: { DriverOpts: options } }), names)
    expect(wanted).toMatchObject({
      name: 'lan',
      sysctls: [
        { path: 'net/ipv4/conf/lan/forwarding', value: '1' },
        { path: 'net/ipv6/neigh/lan/retrans_time_ms', value: '500' },
      ],
    })
  })

  it.each([
    [{ sysctls: 'net.ipv4.conf.eth0.forwarding=1' }, /^unrecognised network interface sysctl 'net.ipv4.conf.eth0.forwarding=1'; represent/],
    [{ sysctls: 'net.ipv4.conf.IFNAME.forwarding' }, /^unrecognised network interface sysctl/],
    [{ sysctls: 'net.ipv4.conf/../../kernel.IFNAME.x=1' }, /^unrecognised network interface sysctl/],
    [{ ifname: 'a/b' }, /^invalid interface name: a\/b/],
    [{ ifname: 'sixteen-letters-' }, /^invalid interface name/],
    [{ ifname: 'lo' }, /^invalid interface name: lo/],
    [{ ifname: 'eth7', sysctls: 'net.mpls.conf.IFNAME.input=1' }, undefined],
  ])('%j', (options, trouble) => {
    const said = endpointOptionsTrouble(Object.fromEntries(Object.entries(options).map(([name, value]) => [`com.docker.network.endpoint.${name}`, value])))
    if (trouble) expect(said).toMatch(trouble)
    else expect(said).toBeUndefined()
  })

  it('that are none of ours are refused', () =>
    expect(() => endpointOptionsTrouble({ 'com.docker.network.endpoint.nosuch': 'x' })).toThrow('endpoint option com.docker.network.endpoint.nosuch is not'))

  it('are as those of others to the names that we choose', () => {
    const asked = request({ aa: {}, bb: { DriverOpts: { 'com.docker.network.endpoint.ifname': 'eth0' } } })
    const [aa, bb] = [place('aa').live, place('bb').live]
    const first = allocateEndpoint(aa, asked, [])
    const second = allocateEndpoint(bb, asked, [first])
    expect([first.interfaceName, second.interfaceName]).toEqual(['eth1', 'eth0'])
    expect(() => allocateEndpoint(place('bb').live, asked, [first, second])).toThrow('error renaming interface to eth0: file exists')
  })
})
