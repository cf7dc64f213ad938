import type { Socket } from 'node:dgram'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { addressOf as addressIn, nameServer, lookUp as namesFor } from './asking-names.ts'

/** Names between containers. On the network `front`: web with an alias, db and twin with the same one. On `back`: db, too. */
let daemon: TestDaemon
let outside: Socket
beforeAll(async () => {
  daemon = await startDaemon()
  outside = await nameServer(`${daemon.subnet}.1`)
  await daemon.ok('network', 'create', 'front')
  await daemon.ok('network', 'create', 'back')
  await sleeper('web', '--network', 'front', '--network-alias', 'www')
  await sleeper('db', '--network', 'front', '--network-alias', 'store')
  await sleeper('twin', '--network', 'front', '--network-alias', 'store')
  await sleeper('plain')
  await daemon.ok('network', 'connect', '--alias', 'deep', 'back', 'db')
}, 60_000)
afterAll(async () => {
  outside.close()
  await daemon[Symbol.asyncDispose]()
})

/** A container that asks our server of the outside world, whatever the host's are. */
const sleeper = (name: string, ...options: string[]) =>
  daemon.ok('run', '-d', '--name', name, '--dns', `${daemon.subnet}.1`, ...options, 'busybox', 'sleep', '1000')
const addressOf = (name: string, network: string) => addressIn(daemon, name, network)

const lookUp = (container: string, name: string) => namesFor(daemon, container, name)

describe('on a network that a user made', () => {
  test('a container is found by its name, its aliases, its short id, and by name and network', async () => {
    const address = await addressOf('web', 'front')
    const id = (await daemon.ok('inspect', '-f', '{{.Id}}', 'web')).slice(0, 12)
    for (const name of ['web', 'WEB', 'www', id, 'web.front']) expect(await lookUp('db', name), name).toEqual([address])
    expect(await daemon.ok('exec', 'db', 'ping', '-c', '1', '-W', '10', 'web')).toContain('1 packets received')
  })

  test('a name that several have means all of them', async () => {
    expect(await lookUp('web', 'store')).toEqual([await addressOf('db', 'front'), await addressOf('twin', 'front')].sort())
  })

  test('an address is somebody’s', async () => {
    expect(await lookUp('db', await addressOf('web', 'front'))).toEqual(['web.front'])
  })

  test('names are known in their network only', async () => {
    await sleeper('far', '--network', 'back')
    expect(await lookUp('far', 'db')).toEqual([await addressOf('db', 'back')])
    expect(await lookUp('far', 'deep')).toEqual([await addressOf('db', 'back')])
    expect(await lookUp('far', 'web')).toEqual([])
    expect(await lookUp('web', 'deep')).toEqual([])
    await daemon.ok('rm', '-f', 'far')
  })

  test('a rename changes the name at once', async () => {
    await daemon.ok('rename', 'twin', 'sister')
    expect(await lookUp('web', 'sister')).toEqual([await addressOf('sister', 'front')])
    expect(await lookUp('web', 'twin')).toEqual([])
    await daemon.ok('rename', 'sister', 'twin')
  })

  test('--link is one more name, for one container', async () => {
    await sleeper('linked', '--network', 'front', '--link', 'web:shop')
    expect(await lookUp('linked', 'shop')).toEqual([await addressOf('web', 'front')])
    expect(await lookUp('db', 'shop')).toEqual([])
    await daemon.ok('rm', '-f', 'linked')
  })

  test('other names are asked of the servers that the container was given, but not from an internal network', async () => {
    expect(await lookUp('web', 'outside.example')).toEqual(['192.0.2.7'])
    await daemon.ok('network', 'create', '--internal', 'enclosed')
    await sleeper('hermit', '--network', 'enclosed')
    expect(await lookUp('hermit', 'hermit')).toEqual([await addressOf('hermit', 'enclosed')])
    expect(await lookUp('hermit', 'outside.example')).toEqual([])
    await daemon.ok('rm', '-f', 'hermit')
  })

  test('resolv.conf names the address that docker’s does', async () => {
    const read = (...options: string[]) => daemon.ok('run', '--rm', '--network', 'front', ...options, 'busybox', 'cat', '/etc/resolv.conf')
    expect(await read('--dns', '192.0.2.1', '--dns-search', 'a.example')).toBe('nameserver 127.0.0.11\nsearch a.example\noptions ndots:0')
    expect(await read('--dns-opt', 'ndots:3', '--dns-search', '.')).toBe('nameserver 127.0.0.11\noptions ndots:3')
  })

  test('names are there again after the daemon was killed', async () => {
    await daemon.stop('SIGKILL')
    await daemon.start()
    expect(await lookUp('db', 'www')).toEqual([await addressOf('web', 'front')])
  })
})

test('on the default bridge there are no names', async () => {
  await sleeper('other')
  expect(await lookUp('plain', 'other')).toEqual([])
  expect(await lookUp('plain', 'web')).toEqual([])
  expect(await daemon.ok('exec', 'plain', 'cat', '/etc/resolv.conf')).not.toContain('127.0.0.11')
})
