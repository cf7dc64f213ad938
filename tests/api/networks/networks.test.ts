import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'
import { answered, askFromContainer, runAnswering } from './answering.ts'
import { Outside } from './outside.ts'

let daemon: TestDaemon
let outside: Outside
beforeAll(async () => {
  daemon = await startDaemon()
  outside = await Outside.connect(Number(daemon.subnet.split('.')[2]))
})
afterAll(async () => {
  await outside[Symbol.asyncDispose]()
  await daemon[Symbol.asyncDispose]()
})

const sh = (script: string, ...options: string[]) => daemon.ok('run', '--rm', ...options, 'busybox', 'sh', '-c', script)
const inspect = async (id: string) => JSON.parse(await daemon.ok('inspect', '-f', '{{json .NetworkSettings}}', id))
const refused = async (...args: string[]) => {
  const { code, stderr } = await daemon.docker(args)
  expect(code).not.toBe(0)
  return stderr
}

describe('the default bridge', () => {
  test('an address of its subnet, the bridge as gateway, a MAC made of the address', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    const settings = await inspect(id)
    expect(settings).toMatchObject({ Gateway: `${daemon.subnet}.1`, IPPrefixLen: 24, Ports: {}, SandboxID: expect.stringMatching(/^[0-9a-f]{64}$/) })
    const address: string = settings.IPAddress
    expect(await daemon.ok('exec', id, 'ip', '-4', '-o', 'addr', 'show', 'eth0')).toContain(`inet ${address}/24`)
    expect(await daemon.ok('exec', id, 'ip', 'route')).toContain(`default via ${daemon.subnet}.1 dev eth0`)
    expect(await daemon.ok('exec', id, 'cat', '/sys/class/net/eth0/address')).toBe(settings.MacAddress)
    expect(await daemon.ok('exec', id, 'ip', 'link', 'show', 'lo')).toContain('LOOPBACK,UP')
    expect(settings.Networks.bridge).toMatchObject({ IPAddress: address, Gateway: `${daemon.subnet}.1`, IPPrefixLen: 24, Aliases: null, DNSNames: null })
    const [network] = JSON.parse(await daemon.ok('network', 'inspect', 'bridge'))
    expect(network.Containers[id]).toMatchObject({ IPv4Address: `${address}/24`, IPv6Address: '', MacAddress: settings.MacAddress })
    await daemon.ok('stop', '-t', '0', id)
    expect(await inspect(id)).toMatchObject({ IPAddress: '', SandboxID: '', Ports: {}, Networks: { bridge: { IPAddress: '', NetworkID: network.Id } } })
    expect(JSON.parse(await daemon.ok('network', 'inspect', 'bridge'))[0].Containers).toEqual({})
    await daemon.ok('rm', id)
  })

  test('containers reach other machines, which see the host', async () => {
    const server = outside.ok(
      process.execPath,
      '-e',
      `require('net').createServer((s) => { s.end('saw ' + s.remoteAddress); process.exitCode = 0; setTimeout(() => process.exit(), 200) }).listen(7000, '0.0.0.0')`,
    )
    expect(await sh(`until nc -w 2 ${outside.address} 7000 </dev/null; do sleep 0.1; done`)).toBe(`saw ${outside.host}`)
    await server
  })

  test('names are not known to others, addresses are', async () => {
    await runAnswering(daemon, 'neighbour', [80])
    const { IPAddress } = await inspect('neighbour')
    expect(await answered(() => askFromContainer(daemon, 'tcp', IPAddress, 80))).toMatch(/^neighbour /)
    expect((await daemon.docker(['run', '--rm', '--dns', '127.0.0.1', 'busybox', 'nslookup', 'neighbour'])).code).not.toBe(0)
    await daemon.ok('rm', '-f', 'neighbour')
  })

  test('--mac-address', async () => {
    expect(await sh('cat /sys/class/net/eth0/address', '--mac-address', '02:42:00:00:00:99')).toBe('02:42:00:00:00:99')
  })

  test('--ip is for networks made by users', async () => {
    expect(await refused('run', '--rm', '--ip', `${daemon.subnet}.77`, 'busybox', 'true')).toContain(
      'user specified IP address is supported on user defined networks only',
    )
  })
})

describe('other networks', () => {
  test('none: a loopback and nothing else', async () => {
    expect(await sh('ls /sys/class/net; ip link show lo | grep -c LOOPBACK,UP; ip route', '--network', 'none')).toBe('lo\n1')
    const id = await daemon.ok('run', '-d', '--network', 'none', 'busybox', 'sleep', '1000')
    expect(await inspect(id)).toMatchObject({ IPAddress: '', Networks: { none: { IPAddress: '', Gateway: '' } } })
    await daemon.ok('rm', '-f', id)
  })

  test('host: the host’s interfaces, name, hosts and resolv.conf', async () => {
    const [name, interfaces, hosts, resolvConf] = (
      await sh('hostname; echo ---; ls /sys/class/net; echo ---; cat /etc/hosts; echo ---; cat /etc/resolv.conf', '--network', 'host')
    ).split('\n---\n')
    expect(name).toBe(hostname())
    expect(interfaces?.split('\n')).toContain(daemon.bridge)
    expect(hosts?.trim()).toBe((await readFile('/etc/hosts', 'utf8')).trim())
    expect(resolvConf?.trim()).toContain((await readFile('/etc/resolv.conf', 'utf8')).trim().split('\n').at(-1))
  })

  test('host discards published ports, and says so', async () => {
    const { code, stdout, stderr } = await daemon.docker(['run', '--rm', '--network', 'host', '-p', '18399:80', 'busybox', 'echo', 'ok'])
    expect([code, stdout, stderr]).toEqual([0, 'ok\n', 'WARNING: Published ports are discarded when using host network mode\n'])
  })

  test('container:X: the same interfaces, host name and ports', async () => {
    const donor = await runAnswering(daemon, 'donor', [80], '--hostname', 'given')
    const { IPAddress } = await inspect(donor)
    expect(
      await sh('hostname; ip -4 -o addr show eth0 | grep -o "inet [0-9.]*"; nc -w 2 127.0.0.1 80; cat /etc/hosts | tail -n 1', '--network', 'container:donor'),
    ).toBe(`given\ninet ${IPAddress}\ndonor 127.0.0.1${IPAddress}\tgiven`)
    const follower = await daemon.ok('run', '-d', '--network', `container:${donor.slice(0, 12)}`, 'busybox', 'sleep', '1000')
    expect(await inspect(follower)).toMatchObject({ IPAddress: '', Networks: {}, Ports: {} })
    expect(await daemon.ok('inspect', '-f', '{{.HostConfig.NetworkMode}}', follower)).toBe(`container:${donor}`)
    await daemon.ok('rm', '-f', follower)
    await daemon.ok('stop', '-t', '0', donor)
    expect(await refused('run', '--rm', '--network', 'container:donor', 'busybox', 'true')).toContain(
      'cannot join network namespace of a non running container: container donor is exited',
    )
    await daemon.ok('rm', donor)
    expect(await refused('create', '--network', 'container:donor', 'busybox')).toContain('No such container: donor')
  })

  test('container:X of a container without network', async () => {
    const donor = await daemon.ok(
      'run',
      '-d',
      '--network',
      'none',
      'busybox',
      'sh',
      '-c',
      'ip link set lo alias x 2>/dev/null; ip addr add 127.9.9.9/32 dev lo 2>/dev/null; nc -l -p 80 -e echo joined & sleep 1000',
    )
    expect(await sh('until nc -w 1 127.0.0.1 80; do sleep 0.1; done; ls /sys/class/net', '--network', `container:${donor}`)).toBe('joined\nlo')
    await daemon.ok('rm', '-f', donor)
  })

  test('conflicting wishes', async () => {
    expect(await refused('create', '--network', 'container:x', '-p', '80:80', 'busybox')).toContain(
      'conflicting options: port publishing and the container type network mode',
    )
    expect(await refused('create', '--network', 'container:x', '--hostname', 'y', 'busybox')).toContain('conflicting options: hostname and the network mode')
    expect(await refused('create', '--network', 'host', '--link', 'a:b', 'busybox')).toContain('conflicting options: host type networking can')
  })

  test('a network that is not there fails the start, and leaves nothing', async () => {
    const before = await daemon.traces()
    const { code, stderr } = await daemon.docker(['run', '--rm', '--network', 'no-such-network', 'busybox', 'true'])
    expect(code).toBe(125)
    expect(stderr).toContain('failed to set up container networking: network no-such-network not found')
    await until('nothing more to be there', async () => (await daemon.traces()).every((trace) => before.includes(trace)))
  })
})

describe('files', () => {
  test('/etc/hosts, /etc/hostname and the host name', async () => {
    const id = await daemon.ok(
      'create',
      '--hostname',
      'web1',
      '--domainname',
      'example.org',
      '--add-host',
      'db:10.0.0.9',
      '--add-host',
      'six=[fd00::1]',
      '--add-host',
      'me:host-gateway',
      'busybox',
      'sh',
      '-c',
      'hostname; cat /etc/hostname /etc/hosts',
    )
    const lines = (await daemon.ok('start', '-a', id)).split('\n')
    expect(lines.slice(0, 2)).toEqual(['web1', 'web1'])
    expect(lines).toEqual(
      expect.arrayContaining(['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', '10.0.0.9\tdb', 'fd00::1\tsix', `${daemon.subnet}.1\tme`]),
    )
    expect(lines.at(-1)).toMatch(new RegExp(`^${daemon.subnet}\\.\\d+\\tweb1\\.example\\.org web1$`))
    await daemon.ok('rm', id)
    const plain = await daemon.ok('create', 'busybox', 'sh', '-c', 'hostname; tail -n 1 /etc/hosts')
    expect(await daemon.ok('start', '-a', plain)).toMatch(new RegExp(`^${plain.slice(0, 12)}\n${daemon.subnet}\\.\\d+\t${plain.slice(0, 12)}$`))
    await daemon.ok('rm', plain)
  })

  test('they can be written, and are those that inspect names', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'echo 10.1.1.1 added >>/etc/hosts; sleep 1000')
    await daemon.ok('exec', id, 'sh', '-c', 'until grep added /etc/hosts; do sleep 0.1; done')
    const paths = (await daemon.ok('inspect', '-f', '{{.HostsPath}} {{.ResolvConfPath}} {{.HostnamePath}}', id)).split(' ')
    expect(await readFile(paths[0] ?? '', 'utf8')).toContain('10.1.1.1 added')
    expect(await readFile(paths[1] ?? '', 'utf8')).toContain('nameserver')
    expect(await readFile(paths[2] ?? '', 'utf8')).toBe(`${id.slice(0, 12)}\n`)
    await daemon.ok('rm', '-f', id)
  })

  test('resolv.conf: the host’s without its loopback servers, or what was asked for', async () => {
    expect(await sh('cat /etc/resolv.conf', '--dns', '10.9.9.9', '--dns', '10.9.9.8', '--dns-search', 'a.example', '--dns-opt', 'ndots:3')).toBe(
      'nameserver 10.9.9.9\nnameserver 10.9.9.8\nsearch a.example\noptions ndots:3',
    )
    expect(await sh('cat /etc/resolv.conf', '--dns', '10.9.9.9', '--dns-search', '.')).not.toContain('search')
    const servers = (await readFile('/etc/resolv.conf', 'utf8')).match(/^nameserver (?!127\.|::1)\S+/gm)?.filter((line) => !line.includes(':')) ?? []
    expect(await sh('grep nameserver /etc/resolv.conf')).toBe(servers.length > 0 ? servers.join('\n') : 'nameserver 8.8.8.8\nnameserver 8.8.4.4')
  })

  test('bad --add-host and --dns', async () => {
    expect(await refused('create', '--add-host', 'nonsense', 'busybox')).toContain('bad format for add-host')
    expect(await refused('create', '--dns', 'nonsense', 'busybox')).toMatch(/nonsense is not an ip address|invalid/)
  })
})

describe('the networks themselves', () => {
  test('ls and its filters', async () => {
    const ls = (...args: string[]) => daemon.ok('network', 'ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}}', ...args)
    expect(await ls()).toBe('bridge bridge local\nhost host local\nnone null local')
    expect(await ls('-f', 'name=bri')).toBe('bridge bridge local')
    expect(await ls('-f', 'driver=null')).toBe('none null local')
    expect(await ls('-f', 'type=custom')).toBe('')
    expect(await ls('-f', 'dangling=true')).toBe('')
    expect(await ls('-f', `id=${(await daemon.ok('network', 'ls', '-q', '--no-trunc', '-f', 'name=host')).slice(0, 8)}`)).toBe('host host local')
    expect(await refused('network', 'ls', '-f', 'nonsense=1')).toContain("invalid filter 'nonsense'")
    expect((await daemon.api('GET', '/networks/')).json()).toHaveLength(3)
  })

  test('inspect: by name, id and prefix', async () => {
    const [network] = JSON.parse(await daemon.ok('network', 'inspect', 'bridge'))
    expect(network).toMatchObject({
      Name: 'bridge',
      Scope: 'local',
      Driver: 'bridge',
      EnableIPv6: false,
      Internal: false,
      Attachable: false,
      Ingress: false,
      ConfigOnly: false,
      Labels: {},
      Containers: {},
      IPAM: { Driver: 'default', Options: null, Config: [{ Subnet: `${daemon.subnet}.0/24`, Gateway: `${daemon.subnet}.1` }] },
      Options: { 'com.docker.network.bridge.name': daemon.bridge, 'com.docker.network.bridge.default_bridge': 'true', 'com.docker.network.driver.mtu': '1500' },
    })
    for (const reference of [network.Id, network.Id.slice(0, 10)]) expect(await daemon.ok('network', 'inspect', '-f', '{{.Name}}', reference)).toBe('bridge')
    expect(await refused('network', 'inspect', 'no-such')).toContain('network no-such not found')
  })

  test('they survive the daemon, and cannot be removed', async () => {
    const before = await daemon.ok('network', 'ls', '-q', '--no-trunc')
    await daemon.stop()
    await daemon.start()
    expect(await daemon.ok('network', 'ls', '-q', '--no-trunc')).toBe(before)
    for (const name of ['bridge', 'host', 'none'])
      expect(await refused('network', 'rm', name)).toContain(`${name} is a pre-defined network and cannot be removed`)
    expect(await daemon.ok('network', 'prune', '-f')).toBe('')
  })

  test('addresses are not given out again at once, and come back', async () => {
    const address = () => sh('ip -4 -o addr show eth0 | grep -o "inet [0-9.]*"')
    expect(await address()).not.toBe(await address())
  })

  test('the bridge that somebody took away comes back with the daemon', async () => {
    await daemon.stop()
    await run('ip', ['link', 'delete', daemon.bridge])
    await daemon.start()
    expect(await sh(`ping -c 1 -W 2 ${daemon.subnet}.1 | grep -c "1 packets received"`)).toBe('1')
  })
})
