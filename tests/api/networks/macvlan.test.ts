import type { Socket } from 'node:dgram'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { prefixOf } from '../../harness/leaks.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'
import { runAnswering } from './answering.ts'
import { addressOf, lookUp, nameServer } from './asking-names.ts'
import { ip, Parent } from './parent.ts'

/** On the macvlan network `wire`, whose gateway is not ours: web with an alias, db and twin with the same one. */
let daemon: TestDaemon
let outside: Socket
let cable: Parent
let parent: string
beforeAll(async () => {
  daemon = await startDaemon()
  outside = await nameServer(`${daemon.subnet}.1`)
  cable = await Parent.make(Number(daemon.subnet.split('.')[2]))
  parent = cable.name
  await daemon.ok('network', 'create', '-d', 'macvlan', '-o', `parent=${parent}`, '--subnet', `${daemon.pool}.128/28`, 'wire')
  await sleeper('web', '--network', 'wire', '--network-alias', 'www')
  await sleeper('db', '--network', 'wire', '--network-alias', 'store')
  await sleeper('twin', '--network', 'wire', '--network-alias', 'store')
})
afterAll(async () => {
  outside.close()
  await daemon[Symbol.asyncDispose]()
  await cable[Symbol.asyncDispose]()
})

/** A container that asks our server of the outside world, whatever the host's are. */
const sleeper = (name: string, ...options: string[]) =>
  daemon.ok('run', '-d', '--name', name, '--dns', `${daemon.subnet}.1`, ...options, 'busybox', 'sleep', '1000')

/** How many interfaces stand on the parent, wherever they are: it takes in what is sent to their addresses. */
const onParent = async () => (await run('bridge', ['fdb', 'show', 'dev', parent])).stdout.match(/^02:42:/gm)?.length ?? 0

describe('on a macvlan network', () => {
  test('containers are found by name, alias and short id, as on a bridge', async () => {
    const address = await addressOf(daemon, 'web', 'wire')
    const id = (await daemon.ok('inspect', '-f', '{{.Id}}', 'web')).slice(0, 12)
    for (const name of ['web', 'WEB', 'www', id, 'web.wire']) expect(await lookUp(daemon, 'db', name), name).toEqual([address])
    expect(await lookUp(daemon, 'db', address)).toEqual(['web.wire'])
    const both = [await addressOf(daemon, 'db', 'wire'), await addressOf(daemon, 'twin', 'wire')].sort()
    expect(await lookUp(daemon, 'web', 'store')).toEqual(both)
    expect(await daemon.ok('exec', 'db', 'ping', '-c', '1', '-W', '10', 'web')).toContain('1 packets received')
    expect(await daemon.ok('exec', 'db', 'cat', '/etc/resolv.conf')).toBe('nameserver 127.0.0.11\noptions ndots:0')
  })

  test('a container is in one of several subnets, with the gateway of that one', async () => {
    const { pool } = daemon
    // The CLI keeps subnets in a map of Go's, and sends now the one first, now the other.
    const Config = [{ Subnet: `${pool}.64/28` }, { Subnet: `${pool}.80/28`, Gateway: `${pool}.90` }]
    const made = await daemon.api('POST', '/networks/create', { Name: 'several', Driver: 'macvlan', Options: { parent }, IPAM: { Config } })
    expect(made.status).toBe(201)
    const route = (...options: string[]) => daemon.ok('run', '--rm', '--network', 'several', ...options, 'busybox', 'ip', 'route')
    expect(await route()).toContain(`default via ${pool}.65 dev eth0`)
    expect(await route('--ip', `${pool}.85`)).toContain(`default via ${pool}.90 dev eth0`)
    await daemon.ok('network', 'rm', 'several')
  })

  test('--link is one more name, for one container', async () => {
    await sleeper('linked', '--network', 'wire', '--link', 'web:shop')
    expect(await lookUp(daemon, 'linked', 'shop')).toEqual([await addressOf(daemon, 'web', 'wire')])
    expect(await lookUp(daemon, 'db', 'shop')).toEqual([])
    await daemon.ok('rm', '-f', 'linked')
  })

  test('other names are asked of the servers that the container was given', async () => {
    expect(await lookUp(daemon, 'web', 'outside.example')).toEqual(['192.0.2.7'])
  })

  test('a container may have a name server of its own', async () => {
    await runAnswering(daemon, 'dns', [53], '--network', 'wire')
    expect(await lookUp(daemon, 'dns', 'web')).toEqual([await addressOf(daemon, 'web', 'wire')])
    await daemon.ok('rm', '-f', 'dns')
  })

  test('names are there again after the daemon was killed', async () => {
    await daemon.stop('SIGKILL')
    await daemon.start()
    expect(await lookUp(daemon, 'db', 'www')).toEqual([await addressOf(daemon, 'web', 'wire')])
  })

  test('a container that comes to a bridge, too, and leaves it finds the names of both, then those that it had', async () => {
    await daemon.ok('network', 'create', 'bridged')
    await sleeper('near', '--network', 'bridged')
    await daemon.ok('network', 'connect', 'bridged', 'web')
    expect(await lookUp(daemon, 'web', 'near')).toEqual([await addressOf(daemon, 'near', 'bridged')])
    expect(await lookUp(daemon, 'web', 'twin')).toEqual([await addressOf(daemon, 'twin', 'wire')])
    await daemon.ok('network', 'disconnect', 'bridged', 'web')
    expect(await lookUp(daemon, 'web', 'near')).toEqual([])
    expect(await lookUp(daemon, 'web', 'twin')).toEqual([await addressOf(daemon, 'twin', 'wire')])
    await daemon.ok('rm', '-f', 'near')
    await daemon.ok('network', 'rm', 'bridged')
  })

  test('a container of the default bridge has names as long as it is in a macvlan network', async () => {
    await sleeper('plain')
    expect(await lookUp(daemon, 'plain', 'web')).toEqual([])
    await daemon.ok('network', 'connect', 'wire', 'plain')
    expect(await lookUp(daemon, 'plain', 'web')).toEqual([await addressOf(daemon, 'web', 'wire')])
    await daemon.ok('network', 'disconnect', 'wire', 'plain')
    expect(await lookUp(daemon, 'plain', 'web')).toEqual([])
    await daemon.ok('rm', '-f', 'plain')
  })

  test('an interface of the container’s own stays, whose name a connect asks for', async () => {
    const id = await sleeper('plain')
    await ip('-n', `er-${prefixOf(daemon.dataRoot)}-${id.slice(0, 12)}`, 'link', 'add', 'tun0', 'type', 'bridge')
    const { stderr } = await daemon.docker(['network', 'connect', '--driver-opt', 'com.docker.network.endpoint.ifname=tun0', 'wire', 'plain'])
    expect(stderr).toContain('failed to create the macvlan port: file exists')
    expect(await daemon.ok('exec', 'plain', 'ls', '/sys/class/net')).toBe('eth0\nlo\ntun0')
    await daemon.ok('rm', '-f', 'plain')
  })

  test('what comes and goes leaves neither sockets nor namespaces', async () => {
    const listening = async () => (await daemon.ok('exec', 'guest', 'sh', '-c', 'cat /proc/net/udp /proc/net/tcp')).match(/0B00007F:/g)?.length ?? 0
    await sleeper('guest')
    const onlyThreeAreThere = () => until('only the interfaces of those that run to be there', async () => (await onParent()) === 3, 30_000)
    await onlyThreeAreThere()
    for (let i = 0; i < 3; i++) {
      await daemon.ok('network', 'connect', 'wire', 'guest')
      expect(await listening()).toBe(2)
      await daemon.ok('network', 'disconnect', 'wire', 'guest')
      expect(await listening()).toBe(0)
      await daemon.ok('run', '--rm', '--network', 'wire', 'busybox', 'true')
    }
    // A socket that is still open keeps its namespace, and what stands in there on the parent.
    await onlyThreeAreThere()
    await daemon.ok('rm', '-f', 'guest')
  })
})
