import { createSocket, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { answered, askFromContainer, askTcp, askUdp, runAnswering } from './answering.ts'
import { Outside } from './outside.ts'

let daemon: TestDaemon
let outside: Outside
let gateway: string
beforeAll(async () => {
  daemon = await startDaemon()
  gateway = `${daemon.subnet}.1`
  outside = await Outside.connect(Number(daemon.subnet.split('.')[2]))
})
afterAll(async () => {
  await outside[Symbol.asyncDispose]()
  await daemon[Symbol.asyncDispose]()
})

/** Own addresses of this machine, of the first real interface and of the bridge. */
function ownAddresses(): string[] {
  const real = Object.values(networkInterfaces())
    .flatMap((one) => one ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  return [...new Set([gateway, ...(real ? [real.address] : [])])]
}

const portsOf = async (id: string) =>
  JSON.parse(await daemon.ok('inspect', '-f', '{{json .NetworkSettings.Ports}}', id)) as Record<string, { HostIp: string; HostPort: string }[] | null>
const addressOf = (id: string) => daemon.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', id)
const firstPort = async (id: string, key: string) => Number((await portsOf(id))[key]?.[0]?.HostPort)

/** Somebody else's listener on a free port. */
async function foreign(host: string, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.end('foreign'))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port, ipv6Only: true }, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, port: address.port }
}
const closed = ({ server }: { server: Server }) => new Promise((resolve) => server.close(resolve))

async function listenUdp(host: string, onText: (text: string) => void): Promise<Socket> {
  const socket = createSocket('udp4', (data) => onText(data.toString()))
  await new Promise<void>((resolve, reject) => socket.once('error', reject).bind({ address: host, port: 0 }, resolve))
  return socket
}

describe('a published port is reachable', () => {
  let port: number
  let id: string
  beforeAll(async () => {
    id = await runAnswering(daemon, 'web', [80], '-p', '80', '-p', '80/udp')
    port = await firstPort(id, '80/tcp')
  })

  test('on 127.0.0.1, on every own address, and on [::1]', async () => {
    for (const host of ['127.0.0.1', '::1', ...ownAddresses()]) expect(await askTcp(host, port)).toMatch(/^web /)
  })

  test('by UDP, too', async () => {
    const udp = await firstPort(id, '80/udp')
    for (const host of ['127.0.0.1', '::1', ...ownAddresses()]) expect(await askUdp(host, udp)).toMatch(/^web /)
  })

  test('from another machine, whose address the container sees', async () => {
    expect(await answered(() => outside.ask('tcp', outside.host, port))).toBe(`web ${outside.address}`)
    expect(await answered(async () => outside.ask('udp', outside.host, await firstPort(id, '80/udp')))).toBe(`web ${outside.address}`)
  })

  test('from another container and from the container itself, by every own address of the host', async () => {
    for (const host of ownAddresses()) {
      expect(await answered(() => askFromContainer(daemon, 'tcp', host, port))).toMatch(/^web /)
      expect(await answered(async () => askFromContainer(daemon, 'udp', host, await firstPort(id, '80/udp')))).toMatch(/^web /)
    }
    expect(await daemon.ok('exec', id, 'nc', '-w', '2', gateway, String(port))).toMatch(/^web /)
  })

  test('other containers reach it by its own address; another machine does not', async () => {
    expect(await answered(async () => askFromContainer(daemon, 'tcp', await addressOf(id), 80))).toMatch(new RegExp(`^web ${daemon.subnet}`))
    expect(await outside.ask('tcp', await addressOf(id), 80)).toBe('silence')
  })

  test('a container cannot reach what listens on the loopback of the host', async () => {
    const heard: string[] = []
    const [loopback, bridge] = await Promise.all(['127.0.0.1', gateway].map((host) => listenUdp(host, (text) => heard.push(text))))
    if (!loopback || !bridge) throw new Error('no sockets')
    const roads = 'ip route del table local local 127.0.0.0/8 dev lo; ip route del table local local 127.0.0.1 dev lo; ip route add 127.0.0.0/8 via'
    const send = `const u = require('dgram').createSocket('udp4'); u.send('secret', ${loopback.address().port}, '127.0.0.1', () => setInterval(() => u.send('plain', ${bridge.address().port}, '${gateway}'), 100))`
    const script = `echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet; ${roads} ${gateway} dev eth0; exec chroot /host ${process.execPath} -e "${send}"`
    const id = await daemon.ok('run', '-d', '--privileged', '-v', '/:/host:ro', 'busybox', 'sh', '-c', script)
    await until('a datagram on the bridge', () => heard.length > 0)
    expect(heard).not.toContain('secret')
    for (const socket of [loopback, bridge]) socket.close()
    await daemon.ok('rm', '-f', id)
  })
})

describe('where it is published', () => {
  test('docker port and ps tell the same as inspect', async () => {
    const id = await daemon.ok(
      'run',
      '-d',
      '--name',
      'told',
      '-p',
      '127.0.0.1:18081:80',
      '-p',
      '18082-18083:82-83',
      '-p',
      '18084:84/udp',
      '--expose',
      '99',
      'busybox',
      'sleep',
      '1000',
    )
    expect(await portsOf(id)).toEqual({
      '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18081' }],
      '82/tcp': [
        { HostIp: '0.0.0.0', HostPort: '18082' },
        { HostIp: '::', HostPort: '18082' },
      ],
      '83/tcp': [
        { HostIp: '0.0.0.0', HostPort: '18083' },
        { HostIp: '::', HostPort: '18083' },
      ],
      '84/udp': [
        { HostIp: '0.0.0.0', HostPort: '18084' },
        { HostIp: '::', HostPort: '18084' },
      ],
      '99/tcp': null,
    })
    expect(await daemon.ok('port', 'told')).toBe(
      '80/tcp -> 127.0.0.1:18081\n82/tcp -> 0.0.0.0:18082\n82/tcp -> [::]:18082\n83/tcp -> 0.0.0.0:18083\n83/tcp -> [::]:18083\n84/udp -> 0.0.0.0:18084\n84/udp -> [::]:18084',
    )
    expect(await daemon.ok('port', 'told', '84/udp')).toBe('0.0.0.0:18084\n[::]:18084')
    expect(await daemon.ok('ps', '--filter', 'name=told', '--format', '{{.Ports}}')).toBe(
      '99/tcp, 127.0.0.1:18081->80/tcp, 0.0.0.0:18082->82/tcp, [::]:18082->82/tcp, 0.0.0.0:18083->83/tcp, [::]:18083->83/tcp, 0.0.0.0:18084->84/udp, [::]:18084->84/udp',
    )
    await daemon.ok('rm', '-f', id)
  })

  test('-p with a host address: only there', async () => {
    const id = await runAnswering(daemon, 'local-only', [80], '-p', '127.0.0.1::80')
    const port = await firstPort(id, '80/tcp')
    expect(await askTcp('127.0.0.1', port)).toBe(`local-only ${gateway}`)
    await expect(askTcp(gateway, port)).rejects.toThrow(/ECONNREFUSED/)
    expect(await outside.ask('tcp', outside.host, port)).toBe('silence')
    await daemon.ok('rm', '-f', id)
    const other = await runAnswering(daemon, 'bridge-only', [80], '-p', `${gateway}:${port}:80`)
    expect(await askTcp(gateway, port)).toMatch(/^bridge-only /)
    await expect(askTcp('127.0.0.1', port)).rejects.toThrow(/ECONNREFUSED/)
    await daemon.ok('rm', '-f', other)
    const six = await runAnswering(daemon, 'six-only', [80], '-p', `[::1]:${port}:80`)
    expect(await askTcp('::1', port)).toMatch(/^six-only /)
    await expect(askTcp('127.0.0.1', port)).rejects.toThrow(/ECONNREFUSED/)
    await daemon.ok('rm', '-f', six)
  })

  test('-P publishes what is exposed, on free ports', async () => {
    const id = await runAnswering(daemon, 'all-exposed', [7001, 7002], '-P', '--expose', '7001-7002', '--expose', '7003/udp')
    expect(await askTcp('127.0.0.1', await firstPort(id, '7002/tcp'))).toMatch(/^all-exposed /)
    expect(Object.keys(await portsOf(id)).sort()).toEqual(['7001/tcp', '7002/tcp', '7003/udp'])
    expect((await portsOf(id))['7001/tcp']?.[0]?.HostPort).toBe((await portsOf(id))['7001/tcp']?.[1]?.HostPort)
    await daemon.ok('rm', '-f', id)
  })

  test('one of a range: the first that is free', async () => {
    const taken = await foreign('0.0.0.0', 18100)
    const first = await runAnswering(daemon, 'range-1', [80], '-p', '18100-18102:80')
    const second = await runAnswering(daemon, 'range-2', [80], '-p', '18100-18102:80')
    expect([await firstPort(first, '80/tcp'), await firstPort(second, '80/tcp')]).toEqual([18101, 18102])
    expect(await askTcp('127.0.0.1', 18102)).toMatch(/^range-2 /)
    const { code, stderr } = await daemon.docker(['run', '--rm', '-p', '18100-18102:80', 'busybox', 'true'])
    expect(code).toBe(125)
    expect(stderr).toMatch(/port is already allocated|address already in use/)
    await daemon.ok('rm', '-f', first, second)
    await closed(taken)
  })

  test('several host ports for one container port', async () => {
    const id = await runAnswering(daemon, 'twice', [80], '-p', '18111:80', '-p', '127.0.0.1:18112:80')
    for (const port of [18111, 18112]) expect(await askTcp('127.0.0.1', port)).toMatch(/^twice /)
    await daemon.ok('rm', '-f', id)
  })
})

describe('a port that somebody has', () => {
  test('another container: docker’s words, nothing half-done, and free again afterwards', async () => {
    const first = await runAnswering(daemon, 'holder', [80], '-p', '18200:80', '-p', '127.0.0.1:18201:80')
    const before = await daemon.traces()
    for (const [wish, message] of [
      ['18200:80', 'Bind for 0.0.0.0:18200 failed: port is already allocated'],
      ['127.0.0.1:18200:80', 'Bind for 0.0.0.0:18200 failed: port is already allocated'],
      ['18201:80', 'Bind for 127.0.0.1:18201 failed: port is already allocated'],
    ] as const) {
      const { code, stderr } = await daemon.docker(['run', '--name', 'loser', '-p', '18202:81', '-p', wish, 'busybox', 'true'])
      expect(code).toBe(125)
      const id = await daemon.ok('inspect', '-f', '{{.Id}}', 'loser')
      const failure = new RegExp(
        `^failed to set up container networking: driver failed programming external connectivity on endpoint loser \\([0-9a-f]{64}\\): ${message}$`,
      )
      expect(stderr.split('\n', 1)[0]?.replace(/^docker: Error response from daemon: /, '')).toMatch(failure)
      expect(JSON.parse(await daemon.ok('inspect', '-f', '{{json .State}}', 'loser'))).toMatchObject({
        Status: 'created',
        Running: false,
        Pid: 0,
        ExitCode: 128,
        Error: expect.stringMatching(failure),
      })
      expect((await daemon.traces()).filter((trace) => !before.includes(trace))).toEqual([`${daemon.dataRoot}/containers/${id}`])
      await expect(askTcp('127.0.0.1', 18202)).rejects.toThrow(/ECONNREFUSED/)
      await daemon.ok('rm', 'loser')
    }
    const late = await daemon.ok('create', '--name', 'late', '-p', '18200:80', 'busybox', 'sleep', '1000')
    expect((await daemon.docker(['start', 'late'])).stderr).toContain('port is already allocated')
    await daemon.ok('stop', '-t', '0', first)
    await daemon.ok('start', late)
    expect((await daemon.docker(['start', first])).stderr).toContain('port is already allocated')
    await daemon.ok('rm', '-f', late)
    await daemon.ok('start', first)
    await until('it to answer again', () => askTcp('127.0.0.1', 18200))
    await daemon.ok('rm', '-f', first)
  })

  test.each([
    ['0.0.0.0', '18210:80', '0.0.0.0'],
    ['127.0.0.1', '18210:80', '0.0.0.0'],
    ['::', '18210:80', '[::]'],
    ['127.0.0.1', '127.0.0.1:18210:80', '127.0.0.1'],
  ])('a foreign process on %s, wanted by -p %s', async (host, wish, told) => {
    const holder = await foreign(host, 18210)
    const { code, stderr } = await daemon.docker(['run', '--rm', '-p', wish, 'busybox', 'true'])
    expect(code).toBe(125)
    expect(stderr).toMatch(/failed to set up container networking: driver failed programming external connectivity on endpoint \w+ \([0-9a-f]{64}\): /)
    const words = stderr.split('\n', 1)[0]?.replace(/\.\d+:80\/tcp/, '.N:80/tcp')
    expect(words?.endsWith(`: failed to bind host port for ${told}:18210:${daemon.subnet}.N:80/tcp: address already in use`)).toBe(true)
    await closed(holder)
    expect(await daemon.ok('run', '--rm', '-p', wish, 'busybox', 'echo', 'free')).toBe('free')
  })

  test('the other address family, the other protocol and another address are no conflict', async () => {
    const ids = []
    for (const wish of ['0.0.0.0:18220:80', '[::]:18220:80', '18220:80/udp', '127.0.0.1:18221:80', `${gateway}:18221:80`])
      ids.push(await daemon.ok('run', '-d', '-p', wish, 'busybox', 'sleep', '1000'))
    await daemon.ok('rm', '-f', ...ids)
  })

  test('nobody else can take a port while a container has it', async () => {
    const id = await daemon.ok('run', '-d', '-p', '18230:80', 'busybox', 'sleep', '1000')
    await expect(foreign('0.0.0.0', 18230)).rejects.toThrow(/EADDRINUSE/)
    await expect(foreign('::', 18230)).rejects.toThrow(/EADDRINUSE/)
    await daemon.ok('stop', '-t', '0', id)
    await closed(await foreign('0.0.0.0', 18230))
    await daemon.ok('rm', id)
  })
})

describe('bad wishes', () => {
  test.each([
    ['-p', '0:80:80:80:80'],
    ['-p', '70000:80'],
    ['-p', '80:0'],
    ['-p', '80-82:80-81'],
    ['-p', '8000:80/icmp'],
    ['--expose', 'x'],
  ])('%s %s', async (flag, wish) => {
    const { code, stderr } = await daemon.docker(['run', '--rm', flag, wish, 'busybox', 'true'])
    expect(stderr).not.toBe('')
    expect(code).toBe(125)
  })

  test('an address that this machine has not', async () => {
    const { stderr } = await daemon.docker(['run', '--rm', '-p', '203.0.113.1:18240:80', 'busybox', 'true'])
    expect(stderr).toMatch(/failed to bind host port for 203\.0\.113\.1:18240:.*: cannot assign requested address/)
  })
})

describe('the daemon dies', () => {
  test('ports work while it is away and after it is back; they are still reserved, and free after the end', async () => {
    const id = await runAnswering(daemon, 'survivor', [80], '-p', '18300:80', '-p', '18300:80/udp')
    await daemon.stop('SIGKILL')
    expect(await askTcp('127.0.0.1', 18300)).toMatch(/^survivor /)
    expect(await answered(() => outside.ask('tcp', outside.host, 18300))).toBe(`survivor ${outside.address}`)
    await daemon.start()
    for (const host of ['127.0.0.1', '::1', gateway]) expect(await askTcp(host, 18300)).toMatch(/^survivor /)
    for (const host of ['127.0.0.1', '::1', gateway]) expect(await askUdp(host, 18300)).toMatch(/^survivor /)
    expect(await answered(() => outside.ask('udp', outside.host, 18300))).toBe(`survivor ${outside.address}`)
    await expect(foreign('0.0.0.0', 18300)).rejects.toThrow(/EADDRINUSE/)
    expect((await daemon.docker(['run', '--rm', '-p', '18300:80', 'busybox', 'true'])).stderr).toContain(
      'Bind for 0.0.0.0:18300 failed: port is already allocated',
    )
    await daemon.ok('rm', '-f', id)
    expect(await daemon.ok('run', '--rm', '-p', '18300:80', 'busybox', 'echo', 'free')).toBe('free')
  })

  test('a port that a container lost by its end while the daemon was away is free', async () => {
    await runAnswering(daemon, 'mortal', [80], '-p', '18310:80')
    const pid = Number(await daemon.ok('inspect', '-f', '{{.State.Pid}}', 'mortal'))
    await daemon.stop('SIGKILL')
    process.kill(pid, 'SIGKILL')
    await daemon.start()
    expect(await daemon.ok('inspect', '-f', '{{.State.Status}}', 'mortal')).toBe('exited')
    await expect(askTcp('127.0.0.1', 18310)).rejects.toThrow(/ECONNREFUSED/)
    await daemon.ok('rm', 'mortal')
  })
})
