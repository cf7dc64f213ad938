import { describe, expect, it } from 'vitest'
import { parseCidr, type Subnet } from './addresses.ts'
import { bridgeOptions } from './bridge-options.ts'
import { completeNetwork } from './complete-network.ts'
import { type NetworkCreateBody, parseNetwork } from './create-request.ts'
import { allocateEndpoint } from './endpoints.ts'
import { KernelNames } from './kernel-names.ts'
import { LiveNetwork } from './live-network.ts'
import { plainNetwork } from './network.ts'
import type { SandboxRequest } from './sandbox.ts'

const parse = (body: NetworkCreateBody) => parseNetwork({ Name: 'net', ...body })
const ipam = (...Config: NonNullable<NonNullable<NetworkCreateBody['IPAM']>['Config']>) => ({ IPAM: { Config } })
const subnet = (text: string): Subnet => {
  const found = parseCidr(text)?.subnet
  if (!found) throw new Error(text)
  return found
}

describe('parseNetwork', () => {
  it('fills in what was not said', () => {
    expect(parse({})).toEqual({ name: 'net', driver: 'bridge', pools: [], options: {}, labels: {}, isInternal: false, isAttachable: false, hasIPv6: false })
  })

  it.each<[NetworkCreateBody, string, string]>([
    [{ Name: ' ' }, 'invalid', 'invalid name: name is empty'],
    [{ Name: 'host' }, 'forbidden', 'operation is not permitted on predefined host network '],
    [{ Name: 'default' }, 'forbidden', 'operation is not permitted on predefined default network '],
    [{ Driver: 'nosuch' }, 'not-found', 'plugin "nosuch" not found'],
    [{ Driver: 'null' }, 'forbidden', 'only one instance of "null" network is allowed'],
    [{ Driver: 'macvlan', Options: { macvlan_mode: 'l2' } }, 'system', "requested macvlan mode 'l2' is not valid, 'bridge' mode is the macvlan driver default"],
    [{ Driver: 'ipvlan', Options: { ipvlan_mode: 'l4' } }, 'system', "requested ipvlan mode 'l4' is not valid, 'l2' mode is the ipvlan driver default"],
    [
      { Driver: 'ipvlan', Options: { ipvlan_flag: 'passthru' } },
      'system',
      "requested ipvlan flag 'passthru' is not valid, 'bridge' is the ipvlan driver default",
    ],
    [{ Driver: 'ipvlan', Options: { parent: 'lo' } }, 'system', 'loopback interface is not a valid ipvlan parent link'],
    ...[{ Internal: true }, { Attachable: true }, { Ingress: true }, { Scope: 'local' }].map((field): [NetworkCreateBody, string, string] => [
      { ConfigOnly: true, ...field },
      'forbidden',
      'configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.',
    ]),
    [{ ConfigOnly: true, ConfigFrom: { Network: 'x' } }, 'forbidden', 'a configuration network cannot depend on another configuration network'],
    ...[{ Labels: { a: 'b' } }, { EnableIPv6: true }, { IPAM: { Config: [{ Subnet: '10.0.0.0/24' }] } }].map((field): [NetworkCreateBody, string, string] => [
      { ConfigFrom: { Network: 'x' }, ...field },
      'forbidden',
      'user specified configurations are not supported if the network depends on a configuration network',
    ]),
    [
      { ConfigFrom: { Network: 'x' }, Options: { a: 'b' } },
      'forbidden',
      'network driver options are not supported if the network depends on a configuration network',
    ],
    [{ Ingress: true }, 'not-implemented', 'a routing-mesh network (--ingress) is not supported by this engine'],
    [{ Scope: 'swarm' }, 'not-implemented', 'a network of scope swarm is not supported by this engine'],
    [
      { EnableIPv4: false, ...ipam({ Subnet: '10.0.0.0/24' }) },
      'invalid',
      'invalid network config:\ninvalid subnet 10.0.0.0/24: IPv4 is not enabled for this network',
    ],
    [{ Options: { 'com.docker.network.enable_ipv4': 'x' } }, 'invalid', 'driver-opt "com.docker.network.enable_ipv4" is not a valid bool'],
    [{ IPAM: { Driver: 'dhcp' } }, 'not-implemented', 'the IPAM driver dhcp is not supported by this engine'],
    [ipam({ Subnet: '10.0.0.1/24' }), 'invalid', 'invalid network config:\ninvalid subnet 10.0.0.1/24: it should be 10.0.0.0/24'],
    [ipam({ Subnet: 'x' }), 'invalid', 'invalid network config:\ninvalid subnet x: invalid CIDR block notation'],
    [ipam({ Subnet: 'fd00::/64' }), 'invalid', 'invalid network config:\ninvalid subnet fd00::/64: IPv6 is not enabled for this network'],
    [
      ipam({ Subnet: '10.0.0.0/24', Gateway: '10.1.0.1', IPRange: '10.0.0.0/16', AuxiliaryAddresses: { a: 'fd00::1' } }),
      'invalid',
      [
        'invalid network config:',
        'invalid ip-range 10.0.0.0/16: CIDR block is bigger than its parent subnet 10.0.0.0/24',
        "invalid gateway 10.1.0.1: parent subnet 10.0.0.0/24 doesn't contain this address",
        'invalid auxiliary address fd00::1: parent subnet is an IPv4 block',
      ].join('\n'),
    ],
    ...[
      ['driver.mtu', 'x', 'strconv.Atoi: parsing "x": invalid syntax'],
      ['driver.mtu', '', 'strconv.Atoi: parsing "": invalid syntax'],
      ['bridge.enable_icc', '', 'strconv.ParseBool: parsing "": invalid syntax'],
      ['bridge.inhibit_ipv4', 'tRuE', 'strconv.ParseBool: parsing "tRuE": invalid syntax'],
    ].map(([name, value = '', reason]): [NetworkCreateBody, string, string] => [
      { Options: { [`com.docker.network.${name}`]: value } },
      'invalid',
      `failed to parse com.docker.network.${name} value: ${value} (${reason})`,
    ]),
    [{ Options: { 'com.docker.network.driver.mtu': '-5' } }, 'invalid', 'invalid MTU number: -5'],
    [{ Options: { 'com.docker.network.bridge.name': 'a/b' } }, 'invalid', 'invalid name of a network interface: a/b'],
    [{ Options: { 'com.docker.network.bridge.trusted_host_interfaces': 'eth0:eth*' } }, 'invalid', 'invalid name of a network interface: eth*'],
    [{ Options: { 'com.docker.network.host_ipv4': 'fd00::1' } }, 'invalid', 'failed to parse com.docker.network.host_ipv4 value: fd00::1 (nil ip)'],
    [
      { Options: { 'com.docker.network.bridge.host_binding_ipv4': 'here' } },
      'invalid',
      'failed to parse com.docker.network.bridge.host_binding_ipv4 value: here (nil ip)',
    ],
    [
      { Options: { 'com.docker.network.bridge.gateway_mode_ipv6': 'open' } },
      'invalid',
      'failed to parse com.docker.network.bridge.gateway_mode_ipv6 value: open (unknown gateway mode open)',
    ],
  ])('%j: %s', (body, kind, message) => expect(() => parse(body)).toThrow(expect.objectContaining({ kind, message })))

  it('keeps options that it does not know', () => expect(parse({ Options: { 'com.example': 'x' } }).options).toEqual({ 'com.example': 'x' }))
})

describe('completeNetwork', () => {
  const complete = (body: NetworkCreateBody, others = [plainNetwork('none')], routes: readonly Subnet[] = []) =>
    completeNetwork(parse(body), { others, routes, pools: [] })

  it('gives a subnet that nobody has, and its first address to the gateway', () => {
    const taken = { ...plainNetwork('host'), pools: [{ subnet: '172.17.0.0/16', gateway: '172.17.0.1', ipRange: '', auxAddresses: {} }] }
    const network = complete({}, [taken], [subnet('172.18.5.0/24')])
    expect(network).toMatchObject({ hasChosenSubnet: false, pools: [{ subnet: '172.19.0.0/16', gateway: '172.19.0.1' }] })
  })

  it('takes what was chosen, and a gateway from the range that nobody was promised', () => {
    const config = { Subnet: '10.0.0.0/24', IPRange: '10.0.0.128/25', AuxiliaryAddresses: { router: '10.0.0.128' } }
    expect(complete(ipam(config))).toMatchObject({ hasChosenSubnet: true, pools: [{ gateway: '10.0.0.129', ipRange: '10.0.0.128/25' }] })
    expect(complete(ipam({ Subnet: '10.0.0.0/24', Gateway: '10.0.0.9' })).pools[0]?.gateway).toBe('10.0.0.9')
  })

  it('has IPv6 of its own, or the one that was chosen', () => {
    expect(complete({ EnableIPv6: true }).pools[1]).toMatchObject({
      subnet: expect.stringMatching(/^fd[0-9a-f:]+::\/64$/),
      gateway: expect.stringMatching(/::1$/),
    })
    expect(complete({ EnableIPv6: true, ...ipam({ Subnet: 'fd00:7::/64' }) }).pools.map((pool) => pool.gateway)).toEqual(['172.17.0.1', 'fd00:7::1'])
  })

  it.each<NetworkCreateBody>([
    { Driver: 'macvlan' },
    { Driver: 'ipvlan', Options: { ipvlan_mode: 'l2' } },
    { Driver: 'macvlan', Options: { parent: 'eth0' }, Internal: true },
    { Driver: 'ipvlan', Options: { parent: 'eth0', ipvlan_mode: 'l3' } },
    { Driver: 'ipvlan', Options: { parent: 'eth0', ipvlan_mode: 'l3s' } },
  ])('has no gateway that nobody asked for where none is used: %j', (body) => {
    expect(complete(body).pools[0]).toMatchObject({ subnet: '172.17.0.0/16', gateway: '' })
    expect(complete({ ...body, ...ipam({ Subnet: '10.0.0.0/24', Gateway: '10.0.0.9' }) }).pools[0]?.gateway).toBe('10.0.0.9')
  })

  it('refuses what others have, and two subnets of one version', () => {
    const other = complete(ipam({ Subnet: '10.0.0.0/24' }))
    expect(() => complete(ipam({ Subnet: '10.0.0.128/25' }), [other])).toThrow(
      expect.objectContaining({ kind: 'forbidden', message: 'invalid pool request: Pool overlaps with other one on this address space' }),
    )
    expect(() => complete(ipam({ Subnet: '10.1.0.0/24' }, { Subnet: '10.2.0.0/24' }))).toThrow("bridge driver doesn't support multiple subnets")
  })

  it('has several subnets, of which each container is in one, if it is no bridge', () => {
    const wire = { Driver: 'macvlan', Options: { parent: 'eth0' } }
    const network = complete({ ...wire, ...ipam({ Subnet: '10.1.0.0/30' }, { Subnet: '10.2.0.0/24', Gateway: '10.2.0.9' }) })
    expect(network.pools.map(({ gateway }) => gateway)).toEqual(['10.1.0.1', '10.2.0.9'])
    const live = new LiveNetwork(network, bridgeOptions(network, new KernelNames('ab12'), 1500))
    const place = (IPv4Address = '') => {
      const endpoints: SandboxRequest['endpoints'] = { net: { IPAMConfig: { IPv4Address } } }
      return allocateEndpoint(live, { endpoints }, [])
    }
    expect(place('10.2.0.7')).toMatchObject({ ipAddress: '10.2.0.7', prefixLength: 24, gateway: '10.2.0.9' })
    expect(place()).toMatchObject({ ipAddress: '10.1.0.2', prefixLength: 30, gateway: '10.1.0.1' })
    // The first has no more.
    expect(place()).toMatchObject({ ipAddress: '10.2.0.1', prefixLength: 24, gateway: '10.2.0.9' })
    expect(() => complete({ ...wire, ...ipam({ Subnet: '10.1.0.0/24' }, { Subnet: '10.1.0.128/25' }) })).toThrow('Pool overlaps with other one')
  })

  it('has one IP version, and not none', () => {
    expect(complete({ EnableIPv4: false, EnableIPv6: true })).toMatchObject({ lacksIPv4: true, pools: [{ subnet: expect.stringMatching(/^fd/) }] })
    const byOption = complete({ Options: { 'com.docker.network.enable_ipv4': 'false', 'com.docker.network.enable_ipv6': '1' } })
    expect(byOption).toMatchObject({ lacksIPv4: true, hasIPv6: true, options: { 'com.docker.network.enable_ipv6': '1' } })
    expect(complete({ EnableIPv4: true, Options: { 'com.docker.network.enable_ipv4': 'false' } })).toMatchObject({ options: {}, pools: [{}] })
    expect(() => complete({ EnableIPv4: false })).toThrow(expect.objectContaining({ kind: 'invalid', message: 'IPv4 or IPv6 must be enabled' }))
  })

  it('has no gateway where it is isolated, which only an internal one can be', () => {
    const isolated = { EnableIPv6: true, Options: { 'com.docker.network.bridge.gateway_mode_ipv4': 'isolated' } }
    expect(complete({ ...isolated, Internal: true }).pools.map(({ gateway }) => gateway)).toEqual(['', expect.stringMatching(/::1$/)])
    expect(() => complete(isolated)).toThrow(
      expect.objectContaining({ kind: 'system', message: "gateway mode 'isolated' can only be used for an internal network" }),
    )
  })
})
