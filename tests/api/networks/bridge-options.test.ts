import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { prefixOf } from '../../harness/leaks.ts'
import { run } from '../../harness/run.ts'
import { answered, askFromContainer, askTcp, askUdp, runAnswering } from './answering.ts'
import { Outside } from './outside.ts'

let daemon: TestDaemon
let outside: Outside
beforeAll(async () => {
  daemon = await startDaemon()
  outside = await Outside.connect(Number(daemon.subnet.split('.')[2]))
}, 60_000)
afterAll(async () => {
  await outside[Symbol.asyncDispose]()
  await daemon[Symbol.asyncDispose]()
})
afterEach(async () => {
  await daemon.removeAllContainers()
  await daemon.ok('network', 'prune', '-f')
})

const sleeper = (name: string, ...options: string[]) => daemon.ok('run', '-d', '--name', name, ...options, 'busybox', 'sleep', '1000')
const inside = (name: string, script: string) => daemon.ok('exec', name, 'sh', '-c', script)
const inspectNetwork = async (name: string) => JSON.parse(await daemon.ok('network', 'inspect', name))[0]
const refused = async (...args: string[]) => {
  const { code, stderr } = await daemon.docker(args)
  expect(code, args.join(' ')).not.toBe(0)
  return stderr
}

describe('the options of a container’s place in a network', () => {
  const option = (name: string, value: string) => `com.docker.network.endpoint.${name}=${value}`
  const parameter = (name: string, path: string) => inside(name, `cat /proc/sys/net/${path}`)

  test('say what its interface is called, and what parameters it has', async () => {
    for (const name of ['one', 'two', 'more']) await daemon.ok('network', 'create', name)
    await sleeper('box', '--network', `name=one,driver-opt=${option('ifname', 'eth1')},driver-opt=${option('sysctls', 'net.ipv4.conf.IFNAME.arp_notify=1')}`)
    expect(await parameter('box', 'ipv4/conf/eth1/arp_notify')).toBe('1')
    expect(await inside('box', 'ip route')).toContain(`default via ${(await inspectNetwork('one')).IPAM.Config[0].Gateway} dev eth1`)
    await daemon.ok('network', 'connect', 'two', 'box')
    const sysctls = option('sysctls', 'net.ipv4.conf.IFNAME.arp_notify=1,net.ipv6.conf.IFNAME.accept_ra=0')
    await daemon.ok('network', 'connect', '--driver-opt', option('ifname', 'lan'), '--driver-opt', `"${sysctls}"`, 'more', 'box')
    expect(await inside('box', 'ls /sys/class/net')).toBe('eth0\neth1\nlan\nlo')
    expect([await parameter('box', 'ipv4/conf/lan/arp_notify'), await parameter('box', 'ipv6/conf/lan/accept_ra')]).toEqual(['1', '0'])
    expect(await parameter('box', 'ipv4/conf/eth0/arp_notify')).toBe('0')
    await daemon.stop('SIGKILL')
    await daemon.start()
    for (const network of ['one', 'more']) await daemon.ok('network', 'disconnect', network, 'box')
    expect(await inside('box', 'ls /sys/class/net')).toBe('eth0\nlo')
    await daemon.ok('network', 'connect', 'one', 'box')
    expect(await inside('box', 'ls /sys/class/net')).toBe('eth0\neth1\nlo')
  })

  test('that cannot be are refused, and change nothing', async () => {
    await daemon.ok('network', 'create', 'one')
    const id = await sleeper('box')
    const connect = (value: string) => refused('network', 'connect', '--driver-opt', value, 'one', 'box')
    expect(await connect(option('sysctls', 'net.ipv4.conf.eth0.forwarding=1'))).toContain(
      `unrecognised network interface sysctl 'net.ipv4.conf.eth0.forwarding=1'`,
    )
    expect(await connect(option('sysctls', 'net.ipv4.conf.IFNAME.nosuch=1'))).toContain('/proc/sys/net/ipv4/conf/eth1/nosuch is not a sysctl file')
    expect(await connect(option('sysctls', 'net.ipv4.conf.IFNAME.forwarding=many'))).toContain(`unable to write to '/proc/sys/net/ipv4/conf/eth1/forwarding'`)
    expect(await connect(option('ifname', 'eth0'))).toContain('error renaming interface to eth0: file exists')
    // The container's own is not what is taken away again.
    const { code } = await run('ip', ['-n', `er-${prefixOf(daemon.dataRoot)}-${id.slice(0, 12)}`, 'link', 'add', 'tun0', 'type', 'bridge'])
    expect(code).toBe(0)
    expect(await connect(option('ifname', 'tun0'))).toContain('File exists')
    expect(await connect(option('nosuch', '1'))).toContain('com.docker.network.endpoint.nosuch is not supported by this engine')
    expect(await inside('box', 'ls /sys/class/net')).toBe('eth0\nlo\ntun0')
    expect(await refused('run', '--rm', '--network', `name=one,driver-opt=${option('sysctls', 'net.ipv4.conf.ifname.nosuch=1')}`, 'busybox')).toContain(
      'is not a sysctl file',
    )
  })
})

const gatewayMode = (mode: string, version: 4 | 6 = 4) => ['-o', `com.docker.network.bridge.gateway_mode_ipv${version}=${mode}`]
const settingsOf = async (name: string) => JSON.parse(await daemon.ok('inspect', '-f', '{{json .NetworkSettings}}', name))
const hostReaches = async (address: string) =>
  (await daemon.docker(['run', '--rm', '--network', 'host', 'busybox', 'ping', '-c', '1', '-W', '1', address])).code === 0
const bridgeOf = async (network: string) => `er${prefixOf(daemon.dataRoot)}-${(await inspectNetwork(network)).Id.slice(0, 8)}`
const bridgeAddresses = async (network: string) => {
  const { stdout } = await run('ip', ['-o', 'address', 'show', 'dev', await bridgeOf(network)])
  return [...stdout.matchAll(/inet6? (\S+)/g)].map(([, address = '']) => address)
}
/** Whether a container reaches an address; several tries where it should, one where it should not. */
const reaches = async (name: string, address: string, tries = 10) =>
  (await daemon.docker(['exec', name, 'sh', '-c', `for i in $(seq ${tries}); do ping -c 1 -W 1 ${address} && exit 0; done; exit 1`])).code === 0

describe('a network without IPv4', () => {
  const six = () => `fd00:219:${daemon.subnet.split('.')[2]}`
  const create = (name: string, ...options: string[]) => daemon.ok('network', 'create', '--ipv4=false', '--ipv6', '--subnet', `${six()}::/64`, ...options, name)

  test('is that, and its containers have addresses, names and a way out', async () => {
    await create('six')
    expect(await inspectNetwork('six')).toMatchObject({
      EnableIPv4: false,
      EnableIPv6: true,
      IPAM: { Config: [{ Subnet: `${six()}::/64`, Gateway: `${six()}::1` }] },
    })
    const id = await sleeper('one', '--network', 'six', '--network-alias', 'first')
    await sleeper('two', '--network', 'six')
    const { six: place } = (await settingsOf('one')).Networks
    expect(place).toMatchObject({ IPAddress: '', IPPrefixLen: 0, Gateway: '', GlobalIPv6Address: `${six()}::2`, IPv6Gateway: `${six()}::1` })
    expect(place.MacAddress).toMatch(/^02:42(:[0-9a-f]{2}){4}$/)
    expect((await inspectNetwork('six')).Containers[id]).toMatchObject({ IPv4Address: '', IPv6Address: `${six()}::2/64` })
    expect(await inside('one', 'ip -4 addr show eth0; ip -4 route; ip -6 route')).toContain(`default via ${six()}::1 dev eth0`)
    expect(await inside('one', 'ip -4 addr show eth0; ip -4 route')).toBe('')
    expect(await reaches('two', 'first')).toBe(true)
    expect(await inside('two', 'nslookup one; cat /etc/resolv.conf')).toMatch(new RegExp(`Address: ${six()}::2[^]*nameserver 127.0.0.11`))
    expect(await reaches('one', outside.address6)).toBe(true)
    const bridge = await bridgeOf('six')
    await daemon.stop('SIGKILL')
    // As every new interface is on a host whose default that is; it takes the addresses away.
    await writeFile(`/proc/sys/net/ipv6/conf/${bridge}/disable_ipv6`, '1')
    await daemon.start()
    expect(await reaches('one', 'two')).toBe(true)
    expect(await reaches('one', outside.address6)).toBe(true)
  })

  test('publishes ports of the host in IPv6', async () => {
    await create('six')
    await runAnswering(daemon, 'server', [80], '--network', 'six', '-p', '18430:80', '-p', '18430:80/udp', '-p', '127.0.0.1:18431:80')
    expect((await settingsOf('server')).Ports).toEqual({ '80/tcp': [{ HostIp: '::', HostPort: '18430' }], '80/udp': [{ HostIp: '::', HostPort: '18430' }] })
    expect(await answered(() => outside.ask('tcp', outside.host6, 18430))).toBe(`server ${outside.address6}`)
    expect(await answered(() => outside.ask('udp', outside.host6, 18430))).toBe(`server ${outside.address6}`)
    expect([await askTcp('::1', 18430), await askUdp('::1', 18430), await askTcp(outside.host6, 18430)]).toEqual(
      Array(3).fill(expect.stringMatching(/^server /)),
    )
    expect(await outside.ask('tcp', `${six()}::2`, 80)).toBe('silence')
    await daemon.stop('SIGKILL')
    await daemon.start()
    expect(await answered(() => outside.ask('tcp', outside.host6, 18430))).toBe(`server ${outside.address6}`)
    // With a network of IPv4 the container has ports there, too.
    await daemon.ok('network', 'create', 'four')
    await daemon.ok('network', 'connect', 'four', 'server')
    expect((await settingsOf('server')).Ports['80/tcp']).toEqual([
      { HostIp: '0.0.0.0', HostPort: '18430' },
      { HostIp: '::', HostPort: '18430' },
      { HostIp: '127.0.0.1', HostPort: '18431' },
    ])
    expect(await answered(() => outside.ask('tcp', outside.host, 18430))).toBe(`server ${outside.address}`)
    expect(await answered(() => outside.ask('tcp', outside.host6, 18430))).toBe(`server ${outside.address6}`)
    await daemon.ok('network', 'disconnect', 'six', 'server')
    expect(await answered(() => outside.ask('tcp', outside.host6, 18430))).toMatch(/^server /)
    expect(await inside('server', 'cat /etc/resolv.conf')).toContain('nameserver 127.0.0.11')
  })

  test('needs IPv6', async () => {
    expect(await refused('network', 'create', '--ipv4=false', 'never')).toContain('IPv4 or IPv6 must be enabled')
  })
})

describe('the gateway mode of a network', () => {
  const networkOfBoth = (mode: string, ...options: string[]) =>
    daemon.ok('network', 'create', '--ipv6', ...gatewayMode(mode), ...gatewayMode(mode, 6), ...options, 'net')
  const addressesOf = async (name: string) => {
    const { IPAddress, GlobalIPv6Address } = (await settingsOf(name)).Networks.net
    return [IPAddress, GlobalIPv6Address] as const
  }

  test('routed: published ports are open at the container’s address, and nothing hides it', async () => {
    await networkOfBoth('routed')
    await runAnswering(daemon, 'server', [80, 81], '--network', 'net', '-p', '18440:80')
    expect((await settingsOf('server')).Ports).toEqual({
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '' },
        { HostIp: '::', HostPort: '' },
      ],
    })
    expect((await daemon.api('GET', '/containers/json?filters={"name":["server"]}')).json<{ Ports: object[] }[]>()[0]?.Ports).toEqual([
      { IP: '::', PrivatePort: 80, Type: 'tcp' },
      { IP: '0.0.0.0', PrivatePort: 80, Type: 'tcp' },
    ])
    const [four, six] = await addressesOf('server')
    for (const address of [four, six]) {
      expect(await answered(() => outside.ask('tcp', address, 80))).toMatch(/^server /)
      expect(await outside.ask('tcp', address, 81)).toBe('silence')
    }
    await expect(askTcp('127.0.0.1', 18440)).rejects.toThrow()
    await daemon.ok('network', 'create', '--ipv6', 'other')
    await sleeper('stranger', '--network', 'other')
    for (const address of [four, six]) expect(await reaches('stranger', address), address).toBe(true)
    expect(await answered(() => askFromContainer(daemon, 'tcp', four, 80, '--network', 'other'))).toMatch(/^server /)
    expect(await askFromContainer(daemon, 'tcp', four, 81, '--network', 'other')).toBe('silence')
    const server = outside.ok(
      process.execPath,
      '-e',
      `require('net').createServer((s) => { s.end('saw ' + s.remoteAddress); setTimeout(() => process.exit(), 200) }).listen(7000, '0.0.0.0')`,
    )
    expect(await inside('server', `until nc -w 2 ${outside.address} 7000 </dev/null; do sleep 0.1; done`)).toBe(`saw ${four}`)
    await server
    await daemon.stop('SIGKILL')
    await daemon.start()
    expect(await answered(() => outside.ask('tcp', six, 80))).toMatch(/^server /)
    await daemon.ok('network', 'connect', '--gw-priority', '1', 'other', 'server')
    expect(await answered(() => outside.ask('tcp', outside.host, 18440))).toBe(`server ${outside.address}`)
    await daemon.ok('network', 'disconnect', 'other', 'server')
    expect(await answered(() => outside.ask('tcp', four, 80))).toMatch(/^server /)
    await expect(askTcp('127.0.0.1', 18440)).rejects.toThrow()
  })

  test('routed: a container whose ports the host has not for it stays, and can be reached', async () => {
    await networkOfBoth('routed')
    await daemon.ok('network', 'create', 'other')
    await runAnswering(daemon, 'server', [80], '--network', 'net', '-p', '18440:80')
    await daemon.ok('network', 'connect', '--gw-priority', '-1', 'other', 'server')
    const taken = createServer().listen(18440, '0.0.0.0')
    await once(taken, 'listening')
    expect(await refused('network', 'disconnect', 'net', 'server')).toContain('address already in use')
    const [four] = await addressesOf('server')
    expect(await answered(() => outside.ask('tcp', four, 80))).toMatch(/^server /)
    taken.close()
    await once(taken, 'close')
    await daemon.ok('network', 'disconnect', 'net', 'server')
    expect(await answered(() => outside.ask('tcp', outside.host, 18440))).toBe(`server ${outside.address}`)
  })

  test('nat-unprotected: all ports are open at the container’s address', async () => {
    await networkOfBoth('nat-unprotected')
    await runAnswering(daemon, 'server', [80, 81], '--network', 'net', '-p', '18441:80')
    for (const address of await addressesOf('server')) expect(await answered(() => outside.ask('tcp', address, 81))).toMatch(/^server /)
    expect(await answered(() => outside.ask('tcp', outside.host, 18441))).toBe(`server ${outside.address}`)
    expect((await settingsOf('server')).Ports['80/tcp']).toContainEqual({ HostIp: '0.0.0.0', HostPort: '18441' })
  })

  test('isolated: neighbours and names, but no host', async () => {
    const config = ['--subnet', `${daemon.pool}.128/28`, '--subnet', 'fd00:220::/64']
    await networkOfBoth('isolated', '--internal', ...config)
    expect((await inspectNetwork('net')).IPAM.Config).toEqual([{ Subnet: `${daemon.pool}.128/28` }, { Subnet: 'fd00:220::/64' }])
    await sleeper('one', '--network', 'net')
    await sleeper('two', '--network', 'net')
    const [four, six] = await addressesOf('one')
    expect([four, six]).toEqual([`${daemon.pool}.129`, 'fd00:220::1'])
    for (const address of ['one', four, six]) expect(await reaches('two', address), address).toBe(true)
    expect(await inside('two', 'ip route | grep -c default || true')).toBe('0')
    for (const address of [four, six]) expect(await hostReaches(address), address).toBe(false)
    expect(await bridgeAddresses('net')).toEqual([])
    expect(await refused('network', 'create', ...gatewayMode('isolated'), 'never')).toContain(
      "gateway mode 'isolated' can only be used for an internal network",
    )
  })

  test('isolated, without IPv4', async () => {
    await daemon.ok('network', 'create', '--ipv4=false', '--ipv6', '--internal', ...gatewayMode('isolated', 6), '--subnet', 'fd00:221::/64', 'net')
    await sleeper('one', '--network', 'net')
    await sleeper('two', '--network', 'net')
    expect(await reaches('two', 'one')).toBe(true)
    expect(await hostReaches('fd00:221::1')).toBe(false)
    expect(await bridgeAddresses('net')).toEqual([])
  })
})

test('interfaces that a network trusts lead to published ports at the container’s address', async () => {
  const trust = (links: string) => ['-o', `com.docker.network.bridge.trusted_host_interfaces=${links}`]
  await daemon.ok('network', 'create', '--ipv6', ...trust(`nosuch0::${outside.link}`), 'net')
  await daemon.ok('network', 'create', '--ipv6', ...trust('nosuch0'), 'other')
  await runAnswering(daemon, 'server', [80, 81], '--network', 'net', '-p', '18445:80')
  const { IPAddress, GlobalIPv6Address } = (await settingsOf('server')).Networks.net
  for (const address of [IPAddress, GlobalIPv6Address]) {
    expect(await answered(() => outside.ask('tcp', address, 80))).toBe(`server ${address === IPAddress ? outside.address : outside.address6}`)
  }
  const said = (...asked: (readonly [string, number])[]) => Promise.all(asked.map(([address, port]) => outside.ask('tcp', address, port)))
  expect(await said([IPAddress, 81], [GlobalIPv6Address, 81])).toEqual(['silence', 'silence'])
  expect(await answered(() => outside.ask('tcp', outside.host, 18445))).toBe(`server ${outside.address}`)
  await daemon.stop('SIGKILL')
  await daemon.start()
  expect(await answered(() => outside.ask('tcp', IPAddress, 80))).toMatch(/^server /)
  await daemon.ok('network', 'connect', '--gw-priority', '1', 'other', 'server')
  const { IPAddress: elsewhere } = (await settingsOf('server')).Networks.other
  expect(await said([IPAddress, 80], [elsewhere, 80])).toEqual(['silence', 'silence'])
  await daemon.ok('network', 'disconnect', 'other', 'server')
  expect(await answered(() => outside.ask('tcp', IPAddress, 80))).toMatch(/^server /)
})

test('a bridge whose address is somebody else’s', async () => {
  const config = ['--subnet', `${daemon.pool}.128/28`, '--gateway', `${daemon.pool}.142`, '-o', 'com.docker.network.bridge.inhibit_ipv4=true']
  await daemon.ok('network', 'create', ...config, 'net')
  await sleeper('one', '--network', 'net')
  await sleeper('two', '--network', 'net')
  expect(await inside('one', 'ip route')).toContain(`default via ${daemon.pool}.142 dev eth0`)
  expect((await bridgeAddresses('net')).filter((address) => !address.startsWith('fe80'))).toEqual([])
  expect(await reaches('two', 'one')).toBe(true)
})

test('the outside sees the address of the host that was asked for', async () => {
  const source = `10.214.${daemon.subnet.split('.')[2]}.77`
  await daemon.ok('network', 'create', '-o', `com.docker.network.host_ipv4=${source}`, 'net')
  expect((await run('ip', ['address', 'add', `${source}/32`, 'dev', 'lo'])).code).toBe(0)
  try {
    await sleeper('box', '--network', 'net')
    const server = outside.ok(
      process.execPath,
      '-e',
      `require('net').createServer((s) => { s.end('saw ' + s.remoteAddress); setTimeout(() => process.exit(), 200) }).listen(7001, '0.0.0.0')`,
    )
    expect(await inside('box', `until nc -w 2 ${outside.address} 7001 </dev/null; do sleep 0.1; done`)).toBe(`saw ${source}`)
    await server
  } finally {
    await run('ip', ['address', 'delete', `${source}/32`, 'dev', 'lo'])
  }
})

describe('published ports are as before', () => {
  const inKernel = async () => (await daemon.traces()).filter((trace) => /^(nft|netns) /.test(trace))
  /** There is no route of IPv6 through an interface that has none: the ports are led to it by then. */
  const withoutIPv6 = 'com.docker.network.endpoint.sysctls=net.ipv6.conf.IFNAME.disable_ipv6=1'

  test.each([
    ['of another kind', [] as string[]],
    ['of the same kind', ['--ipv6', ...gatewayMode('routed'), ...gatewayMode('routed', 6)]],
  ])('after a connect that failed when they led to a network %s', async (_, options) => {
    await daemon.ok('network', 'create', ...options, 'net')
    await daemon.ok('network', 'create', '--ipv6', ...options.slice(1), 'first')
    await runAnswering(daemon, 'server', [80], '--network', 'net', '-p', '18442:80')
    const before = await settingsOf('server')
    expect(await refused('network', 'connect', '--driver-opt', withoutIPv6, 'first', 'server')).toContain('driver failed programming')
    expect(await settingsOf('server')).toEqual(before)
    const [host, port] = options.length === 0 ? [outside.host, 18442] : [before.Networks.net.IPAddress, 80]
    expect(await answered(() => outside.ask('tcp', host, port))).toMatch(/^server /)
    await daemon.removeAllContainers()
    expect(await inKernel()).toEqual([])
    await sleeper('next', '--network', 'net', '-p', '18442:80')
  })

  test('after a start that failed because the kernel led one elsewhere', async () => {
    const element = ['element', 'ip', `engineroom-${prefixOf(daemon.dataRoot)}`, 'tcp_any']
    expect((await run('nft', ['add', ...element, '{ 18443 : 192.0.2.1 . 80 }'])).code).toBe(0)
    try {
      expect(await refused('run', '-d', '--rm', '-p', '18443:80', 'busybox')).toContain('File exists')
    } finally {
      await run('nft', ['delete', ...element, '{ 18443 }'])
    }
    expect(await inKernel()).toEqual([])
    await sleeper('next', '-p', '18443:80')
  })
})
