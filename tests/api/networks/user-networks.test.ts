import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { prefixOf } from '../../harness/leaks.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'
import { askTcp, runAnswering } from './answering.ts'
import { Parent } from './parent.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
}, 60_000)
afterAll(() => daemon[Symbol.asyncDispose]())
afterEach(async () => {
  await daemon.removeAllContainers()
  await daemon.ok('network', 'prune', '-f')
})

const sleeper = (name: string, ...options: string[]) => daemon.ok('run', '-d', '--name', name, ...options, 'busybox', 'sleep', '1000')
const inside = (name: string, script: string) => daemon.ok('exec', name, 'sh', '-c', script)
const refused = async (...args: string[]) => {
  const { code, stderr } = await daemon.docker(args)
  expect(code, args.join(' ')).not.toBe(0)
  return stderr
}
const inspectNetwork = async (name: string) => JSON.parse(await daemon.ok('network', 'inspect', name))[0]
const endpointsOf = async (name: string) => JSON.parse(await daemon.ok('inspect', '-f', '{{json .NetworkSettings.Networks}}', name))
/** Whether one container reaches an address; several tries where it should, one where it should not. */
const reaches = async (name: string, address: string, tries = 10) =>
  (await daemon.docker(['exec', name, 'sh', '-c', `for i in $(seq ${tries}); do ping -c 1 -W 1 ${address} && exit 0; done; exit 1`])).code === 0

describe('a network', () => {
  test('is what was asked for, and goes without a trace', async () => {
    const { pool } = daemon
    const subnet = ['--subnet', `${pool}.64/26`, '--gateway', `${pool}.70`, '--ip-range', `${pool}.80/28`, '--aux-address', `router=${pool}.80`]
    const options = ['-o', 'com.docker.network.driver.mtu=1400', '--label', 'com.example=x', '--attachable', '--internal']
    const id = await daemon.ok('network', 'create', ...subnet, ...options, 'full')
    expect(await inspectNetwork('full')).toMatchObject({
      Id: id,
      Driver: 'bridge',
      Scope: 'local',
      Internal: true,
      Attachable: true,
      Labels: { 'com.example': 'x' },
      Options: { 'com.docker.network.driver.mtu': '1400' },
      IPAM: { Config: [{ Subnet: `${pool}.64/26`, Gateway: `${pool}.70`, IPRange: `${pool}.80/28`, AuxiliaryAddresses: { router: `${pool}.80` } }] },
    })
    const bridge = `er${prefixOf(daemon.dataRoot)}-${id.slice(0, 8)}`
    expect((await run('ip', ['-br', 'link', 'show', bridge])).code).toBe(0)
    await sleeper('box', '--network', 'full')
    expect(await inside('box', 'cat /sys/class/net/eth0/mtu; ip route')).toBe(`1400\n${pool}.64/26 dev eth0 scope link  src ${pool}.81 `.trimEnd())
    expect(Object.values((await inspectNetwork('full')).Containers)).toMatchObject([{ Name: 'box', IPv4Address: `${pool}.81/26` }])
    expect(await refused('network', 'rm', 'full')).toContain('network full has active endpoints (name:"box"')
    await daemon.ok('rm', '-f', 'box')
    await daemon.ok('network', 'rm', 'full')
    expect((await run('ip', ['-br', 'link', 'show', bridge])).code).not.toBe(0)
    expect((await run('nft', ['list', 'ruleset'])).stdout).not.toContain(bridge)
  })

  test('without a subnet gets one of the daemon’s pools, and names are unique', async () => {
    await daemon.ok('network', 'create', 'one')
    await daemon.ok('network', 'create', 'two')
    const subnets = await Promise.all(['one', 'two'].map(async (name) => (await inspectNetwork(name)).IPAM.Config[0].Subnet))
    expect(subnets).toEqual([`${daemon.pool}.0/28`, `${daemon.pool}.16/28`])
    expect(await refused('network', 'create', 'one')).toContain('network with name one already exists')
    expect(await refused('network', 'create', '--subnet', `${daemon.pool}.0/25`, 'three')).toContain('Pool overlaps with other one on this address space')
    const ls = (...filters: string[]) => daemon.ok('network', 'ls', '--format', '{{.Name}}', ...filters.flatMap((filter) => ['-f', filter]))
    expect(await ls('type=custom')).toBe('one\ntwo')
    expect(await ls('type=builtin')).toBe('bridge\nhost\nnone')
    await sleeper('box', '--network', 'one')
    expect(await ls('dangling=true')).toBe('two')
    expect(await daemon.ok('network', 'prune', '-f')).toBe('Deleted Networks:\ntwo')
  })

  test.each([
    [['--config-only', '--internal'], 'configuration network can only contain network specific fields'],
    [['--config-from', 'nosuch'], 'configuration network "nosuch" does not exist'],
    [['-o', 'com.docker.network.bridge.gateway_mode_ipv4=open'], 'unknown gateway mode open'],
    [['-d', 'overlay'], 'This node is not a swarm manager'],
    [['-d', 'nosuch'], 'plugin "nosuch" not found'],
    [['--subnet', '10.1.1.5/24'], 'invalid subnet 10.1.1.5/24: it should be 10.1.1.0/24'],
  ])('that cannot be is refused by name: %j', async (options, message) => {
    expect(await refused('network', 'create', ...options, 'never')).toContain(message)
  })

  test('may be made from a configuration, which is in use as long as they are there', async () => {
    await daemon.ok(
      'network',
      'create',
      '--config-only',
      '--subnet',
      `${daemon.pool}.64/28`,
      '--label',
      'a=b',
      '-o',
      'com.docker.network.bridge.enable_icc=false',
      'conf',
    )
    expect(await inspectNetwork('conf')).toMatchObject({ Driver: 'null', ConfigOnly: true, IPAM: { Config: [{ Subnet: `${daemon.pool}.64/28` }] } })
    expect(await refused('run', '--rm', '--network', 'conf', 'busybox')).toContain('cannot create endpoint on configuration-only network')
    await daemon.ok('network', 'create', '--config-from', 'conf', 'made')
    await daemon.stop()
    await daemon.start()
    expect(await inspectNetwork('made')).toMatchObject({
      Driver: 'bridge',
      ConfigOnly: false,
      ConfigFrom: { Network: 'conf' },
      IPAM: { Config: [{ Subnet: `${daemon.pool}.64/28`, Gateway: `${daemon.pool}.65` }] },
      Options: { 'com.docker.network.bridge.enable_icc': 'false' },
      Labels: { a: 'b' },
    })
    expect(await refused('network', 'create', '--config-from', 'conf', 'again')).toContain('Pool overlaps with other one on this address space')
    await sleeper('box', '--network', 'made', '--ip', `${daemon.pool}.70`)
    expect(await inside('box', 'ip address show eth0')).toContain(`${daemon.pool}.70/28`)
    await daemon.removeAllContainers()
    expect(await refused('network', 'rm', 'conf')).toContain('error while removing network: configuration network "conf" is in use')
    expect(await daemon.ok('network', 'prune', '-f')).toBe('Deleted Networks:\nmade')
    expect(await daemon.ok('network', 'rm', 'conf')).toBe('conf')
  })

  test('may be the interface of another kind: macvlan', async () => {
    await using parent = await Parent.make(Number(daemon.subnet.split('.')[2]))
    await daemon.ok('network', 'create', '-d', 'macvlan', '-o', `parent=${parent.name}`, '--subnet', `${daemon.pool}.128/28`, 'wire')
    await sleeper('left', '--network', 'wire')
    await sleeper('right', '--network', 'wire')
    expect(await inside('left', 'ip route')).toContain(`via ${daemon.pool}.129 dev eth0`)
    expect(await reaches('left', `${daemon.pool}.131`)).toBe(true)
    await daemon.removeAllContainers()
  })

  test('has IPv6 if asked', async () => {
    await daemon.ok('network', 'create', '--ipv6', '--subnet', `fd00:218:${daemon.subnet.split('.')[2]}::/64`, 'six')
    const base = `fd00:218:${daemon.subnet.split('.')[2]}::`
    await sleeper('box', '--network', 'six', '--ip6', `${base}99`)
    await sleeper('next', '--network', 'six')
    expect(await endpointsOf('box')).toMatchObject({ six: { GlobalIPv6Address: `${base}99`, GlobalIPv6PrefixLen: 64, IPv6Gateway: `${base}1` } })
    expect(await inside('next', 'ip -6 route show default')).toContain(`via ${base}1 dev eth0`)
    const ping = `for i in $(seq 10); do ping6 -c 1 -W 1 ${base}99 && exit 0; done; exit 1`
    expect((await daemon.docker(['exec', 'next', 'sh', '-c', ping])).code).toBe(0)
    expect(await inside('next', 'nslookup box')).toContain(`Address: ${base}99`)
  })
})

describe('a container', () => {
  test('has the addresses that it asked for', async () => {
    await daemon.ok('network', 'create', '--subnet', `${daemon.pool}.0/26`, 'mine')
    await daemon.ok('network', 'create', 'given')
    const fixed = ['--network', 'mine', '--ip', `${daemon.pool}.33`, '--mac-address', '02:42:00:00:00:77', '--link-local-ip', '169.254.7.7']
    await sleeper('box', ...fixed)
    expect(await inside('box', 'cat /sys/class/net/eth0/address; ip -4 addr show eth0 | grep -o "inet [0-9.]*"')).toBe(
      `02:42:00:00:00:77\ninet ${daemon.pool}.33\ninet 169.254.7.7`,
    )
    const refusal = (...options: string[]) => refused('run', '--rm', ...options, 'busybox', 'true')
    expect(await refusal('--network', 'mine', '--ip', `${daemon.pool}.33`)).toContain('Address already in use')
    expect(await refusal('--network', 'mine', '--ip', '192.0.2.1')).toContain('no configured subnet or ip-range contain the IP address 192.0.2.1')
    expect(await refusal('--network', 'given', '--ip', '192.0.2.1')).toContain('only when connecting to networks with user configured subnets')
  })

  test('comes and goes while it runs, with what it reads of its networks', async () => {
    await daemon.ok('network', 'create', 'late')
    await sleeper('friend', '--network', 'late')
    await sleeper('box')
    const before = await inside('box', 'cat /etc/hosts /etc/resolv.conf; ls /sys/class/net; ip route')
    await daemon.ok('network', 'connect', '--alias', 'newcomer', 'late', 'box')
    const { late, bridge } = await endpointsOf('box')
    expect([late.IPAddress, late.DNSNames, bridge.IPAddress !== '']).toEqual([`${daemon.pool}.3`, ['box', 'newcomer', expect.any(String)], true])
    expect(await inside('box', 'ip -4 addr show eth1; cat /etc/hosts')).toContain(`${daemon.pool}.3`)
    expect(await reaches('box', 'friend')).toBe(true)
    expect(await reaches('friend', 'newcomer')).toBe(true)
    expect(await refused('network', 'connect', 'late', 'box')).toContain('endpoint with name box already exists in network late')
    await daemon.ok('network', 'disconnect', 'late', 'box')
    expect(await inside('box', 'cat /etc/hosts /etc/resolv.conf; ls /sys/class/net; ip route')).toBe(before)
    expect(Object.keys(await endpointsOf('box'))).toEqual(['bridge'])
    expect(await refused('network', 'disconnect', 'late', 'box')).toContain('is not connected to network late')
  })

  test('of no network can get one', async () => {
    await daemon.ok('network', 'create', 'first')
    await sleeper('box', '--network', 'none')
    expect(await refused('network', 'connect', 'first', 'box')).toContain('one of the networks in private (none) mode')
    await daemon.ok('network', 'disconnect', 'none', 'box')
    await daemon.ok('network', 'connect', 'first', 'box')
    expect(await reaches('box', `${daemon.pool}.1`)).toBe(true)
  })

  test('starts with all networks that it was given before', async () => {
    for (const name of ['aa', 'bb', 'cc']) await daemon.ok('network', 'create', name)
    const { body, status } = await daemon.api('POST', '/v1.44/containers/create?name=box', {
      Image: 'busybox',
      Cmd: ['sleep', '1000'],
      HostConfig: { NetworkMode: 'bb' },
      NetworkingConfig: { EndpointsConfig: { aa: { Aliases: ['inaa'] }, bb: {} } },
    })
    expect([status, body]).toEqual([201, expect.stringContaining('Id')])
    await daemon.ok('network', 'connect', 'cc', 'box')
    await daemon.ok('network', 'disconnect', 'aa', 'box')
    await daemon.ok('network', 'connect', 'aa', 'box')
    await daemon.ok('start', 'box')
    expect(Object.keys(await endpointsOf('box')).sort()).toEqual(['aa', 'bb', 'cc'])
    // The mode's network is eth0; out it goes by the first name.
    expect(await inside('box', 'ip -4 -o addr show eth0')).toContain(`inet ${daemon.pool}.18/`)
    expect(await inside('box', 'ip route')).toContain(`default via ${daemon.pool}.1 dev eth`)
    await daemon.ok('network', 'disconnect', 'aa', 'box')
    expect(await inside('box', 'ip route')).toContain(`default via ${daemon.pool}.17 dev eth0`)
  })

  test('reaches its own networks only', async () => {
    await daemon.ok('network', 'create', 'here')
    await daemon.ok('network', 'create', 'there')
    await daemon.ok('network', 'create', '-o', 'com.docker.network.bridge.enable_icc=false', 'strict')
    await sleeper('box', '--network', 'here')
    await sleeper('near', '--network', 'here')
    await sleeper('far', '--network', 'there')
    await sleeper('lone', '--network', 'strict')
    await sleeper('wolf', '--network', 'strict')
    expect(await reaches('box', `${daemon.pool}.3`)).toBe(true)
    expect(await reaches('far', `${daemon.pool}.17`)).toBe(true)
    expect(await reaches('box', `${daemon.pool}.18`, 1)).toBe(false)
    expect(await reaches('lone', `${daemon.pool}.33`)).toBe(true)
    expect(await reaches('lone', `${daemon.pool}.35`, 1)).toBe(false)
  })

  test('has its published ports on whichever network leads outside', async () => {
    await daemon.ok('network', 'create', 'mm')
    await daemon.ok('network', 'create', 'zz')
    await runAnswering(daemon, 'server', [80], '--network', 'zz', '-p', '127.0.0.1:18420:80')
    expect(await askTcp('127.0.0.1', 18420)).toMatch(/^server /)
    await daemon.ok('network', 'connect', 'mm', 'server')
    expect(await askTcp('127.0.0.1', 18420)).toMatch(/^server /)
    await daemon.ok('network', 'disconnect', 'zz', 'server')
    expect(await askTcp('127.0.0.1', 18420)).toMatch(/^server /)
    await daemon.ok('network', 'disconnect', 'mm', 'server')
    await expect(askTcp('127.0.0.1', 18420)).rejects.toThrow()
    await daemon.ok('network', 'connect', 'zz', 'server')
    expect(await askTcp('127.0.0.1', 18420)).toMatch(/^server /)
    expect(await daemon.ok('port', 'server', '80')).toBe('127.0.0.1:18420')
  })
})

test('events say what happened', async () => {
  const since = (await daemon.api('GET', '/info')).json<{ SystemTime: string }>().SystemTime
  const id = await daemon.ok('network', 'create', 'told')
  const box = await sleeper('box', '--network', 'told')
  await daemon.ok('network', 'disconnect', 'told', 'box')
  await daemon.ok('network', 'connect', 'told', 'box')
  await daemon.ok('rm', '-f', 'box')
  await daemon.ok('network', 'rm', 'told')
  const format = '{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}} {{.Actor.Attributes.container}}'
  const now = (await daemon.api('GET', '/info')).json<{ SystemTime: string }>().SystemTime
  const lines = await daemon.ok('events', '--since', since, '--until', now, '-f', 'type=network', '--format', format)
  const line = (action: string, container: string) => `${action} ${id} told bridge ${container}`
  expect(lines.split('\n').filter((one) => one.includes(id))).toEqual([
    line('create', '<no value>'),
    ...['connect', 'disconnect', 'connect', 'disconnect'].map((action) => line(action, box)),
    line('destroy', '<no value>'),
  ])
})

describe('what a kill cut off is settled at the next start', () => {
  /** Changes what the daemon, which is not running, remembers. */
  function remember(change: (db: Sqlite.Database) => void): void {
    const db = new Sqlite(join(daemon.dataRoot, 'engine.db'))
    change(db)
    db.close()
  }
  const sandboxOf = (db: Sqlite.Database, id: string) =>
    JSON.parse(db.prepare<[string], { spec: string }>('SELECT spec FROM sandbox WHERE container_id = ?').get(id)?.spec ?? '')

  test('an interface that was about to be made is made, and one that nobody asks for any more goes', async () => {
    await daemon.ok('network', 'create', 'net1')
    await daemon.ok('network', 'create', 'net2')
    const half = await sleeper('half', '--network', 'net1')
    await daemon.ok('network', 'connect', 'net2', 'half')
    const asked = await sleeper('asked', '--network', 'net1')
    const left = await sleeper('left', '--network', 'net1')
    await daemon.ok('network', 'connect', 'net2', 'left')
    await daemon.stop('SIGKILL')
    const netns = `er-${prefixOf(daemon.dataRoot)}-${half.slice(0, 12)}`
    expect((await run('ip', ['-n', netns, 'link', 'delete', 'eth1'])).code).toBe(0)
    remember((db) => {
      const record = sandboxOf(db, half)
      record.endpoints[1].isPlugged = false
      db.prepare('UPDATE sandbox SET spec = ? WHERE container_id = ?').run(JSON.stringify(record), half)
      const spec = (id: string) => JSON.parse(db.prepare<[string], { spec: string }>('SELECT spec FROM container WHERE id = ?').get(id)?.spec ?? '')
      const save = (id: string, networks: object) => db.prepare('UPDATE container SET spec = ? WHERE id = ?').run(JSON.stringify({ ...spec(id), networks }), id)
      save(asked, { net1: {}, net2: {} })
      save(left, { net1: {} })
    })
    const stray = `er${prefixOf(daemon.dataRoot)}-00000000`
    expect((await run('ip', ['link', 'add', stray, 'type', 'bridge'])).code).toBe(0)
    await daemon.start()
    for (const name of ['half', 'asked']) expect(await inside(name, 'ls /sys/class/net'), name).toBe('eth0\neth1\nlo')
    expect(await inside('left', 'ls /sys/class/net')).toBe('eth0\nlo')
    expect(
      Object.values((await inspectNetwork('net2')).Containers)
        .map((one) => (one as { Name: string }).Name)
        .sort(),
    ).toEqual(['asked', 'half'])
    expect(await reaches('half', 'asked.net2')).toBe(true)
    expect((await run('ip', ['-br', 'link', 'show', stray])).code).not.toBe(0)
    await until('nothing to be in the way of the networks', async () => (await daemon.docker(['rm', '-f', 'half', 'asked', 'left'])).code === 0)
    await daemon.ok('network', 'rm', 'net1', 'net2')
  })

  test('a network whose bridge is gone has it again', async () => {
    const id = await daemon.ok('network', 'create', 'back')
    await daemon.stop('SIGKILL')
    await run('ip', ['link', 'delete', `er${prefixOf(daemon.dataRoot)}-${id.slice(0, 8)}`])
    await daemon.start()
    await sleeper('one', '--network', 'back')
    await sleeper('two', '--network', 'back')
    expect(await reaches('one', 'two')).toBe(true)
  })
})
