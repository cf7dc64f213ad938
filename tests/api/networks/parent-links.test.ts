import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { prefixOf } from '../../harness/leaks.ts'
import { run } from '../../harness/run.ts'
import { ip, Parent } from './parent.ts'

/** What macvlan and ipvlan networks stand on. Each kind of interface is tried where the kernel has it, and refused in docker's words where not. */
let daemon: TestDaemon
let cable: Parent
let parent: string
let owner: string
beforeAll(async () => {
  daemon = await startDaemon()
  cable = await Parent.make(Number(daemon.subnet.split('.')[2]))
  parent = cable.name
  owner = `engineroom-${prefixOf(daemon.dataRoot)}`
})
afterEach(async () => {
  await daemon.removeAllContainers()
  await daemon.ok('network', 'prune', '-f')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await cable[Symbol.asyncDispose]()
})

const isThere = async (link: string) => (await run('ip', ['link', 'show', link])).code === 0
const aliasOf = async (link: string) => /alias (\S+)/.exec((await run('ip', ['link', 'show', link])).stdout)?.[1]

/** Whether this kernel has a kind of interface: one is made, and gone again. */
async function kernelHas(...kind: string[]): Promise<boolean> {
  const { code } = await run('ip', ['link', 'add', 'link', parent, 'name', `${parent}t`, 'type', ...kind])
  if (code === 0) await ip('link', 'delete', `${parent}t`)
  return code === 0
}

const create = (name: string, ...options: string[]) => daemon.docker(['network', 'create', '--subnet', `${daemon.pool}.128/26`, ...options, name])
const inside = (name: string, script: string) => daemon.ok('exec', name, 'sh', '-c', script)
const sleeper = (name: string, ...options: string[]) => daemon.ok('run', '-d', '--name', name, ...options, 'busybox', 'sleep', '1000')

/** Makes a network, or is refused as the kernel refuses us. @returns its id if there is one */
async function createOn(hasKind: boolean, refusal: string, name: string, ...options: string[]): Promise<string | undefined> {
  const { code, stdout, stderr } = await create(name, ...options)
  if (hasKind) {
    expect(stderr).toBe('')
    return stdout.trim()
  }
  expect([code, stderr]).toEqual([1, expect.stringContaining(refusal)])
  return undefined
}

describe('without a parent', () => {
  test.each([
    ['macvlan', 'dm'],
    ['ipvlan', 'di'],
  ])('a %s network stands on an interface of ours, which goes with it and is found again', async (driver, start) => {
    const id = await createOn(await kernelHas('dummy'), 'operation not supported', 'alone', '-d', driver)
    if (id === undefined) return expect(await daemon.ok('network', 'ls', '-q', '-f', 'name=alone')).toBe('')
    const link = `${start}-${id.slice(0, 12)}`
    expect(await aliasOf(link)).toBe(owner)
    if (await kernelHas(driver)) {
      await sleeper('one', '--network', 'alone')
      await sleeper('two', '--network', 'alone')
      expect(await inside('one', 'ping -c 1 -W 10 two')).toContain('1 packets received')
      expect(await inside('one', 'ip route')).not.toContain('default')
      await daemon.removeAllContainers()
    }
    await daemon.stop('SIGKILL')
    await ip('link', 'delete', link)
    await daemon.start()
    expect(await aliasOf(link)).toBe(owner)
    await daemon.ok('network', 'rm', 'alone')
    expect(await isThere(link)).toBe(false)
  })
})

describe('a parent with a number', () => {
  test('is made for its VLAN, shared, and goes with the last network on it', async () => {
    const link = `${parent}.50`
    const id = await createOn(
      await kernelHas('vlan', 'id', '50'),
      `failed to create ${link} vlan link: operation not supported`,
      'tagged',
      '-d',
      'macvlan',
      '-o',
      `parent=${link}`,
    )
    if (id === undefined) return expect(await isThere(link)).toBe(false)
    expect(await aliasOf(link)).toBe(owner)
    await daemon.ok('network', 'create', '-d', 'macvlan', '-o', `parent=${link}`, '--subnet', `${daemon.pool}.64/26`, 'shared')
    await daemon.ok('network', 'rm', 'tagged')
    expect(await isThere(link)).toBe(true)
    await daemon.stop('SIGKILL')
    await daemon.start()
    expect(await isThere(link)).toBe(true)
    await daemon.ok('network', 'rm', 'shared')
    expect(await isThere(link)).toBe(false)
  })

  test.each([
    ['nosuch0', 'invalid subinterface vlan name nosuch0, example formatting is eth0.10'],
    ['nosuch0.5', '-o parent interface was not found on the host: nosuch0'],
    ['PARENT.0', 'vlan id must be between 1-4094, received: 0'],
    ['PARENT.4095', 'vlan id must be between 1-4094, received: 4095'],
    ['PARENT.x', 'unable to parse a valid vlan id from: x (ex. eth0.10 for vlan 10)'],
    ['PARENT.5.6', 'required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received PARENT.5.6'],
    ['PARENT name x.5', 'invalid subinterface vlan name PARENT name x.5'],
  ])('that cannot be is refused: %s', async (name, message) => {
    const { stderr } = await create('never', '-d', 'macvlan', '-o', `parent=${name.replace('PARENT', parent)}`)
    expect(stderr).toContain(message.replace('PARENT', parent))
  })
})

test('a parent that we did not make stays; one with our mark that is nobody’s is gone after the next start', async () => {
  const [given, stray] = [`${parent}.60`, `${parent}.61`]
  for (const link of [given, stray]) await ip('link', 'add', link, 'type', 'bridge')
  try {
    expect((await create('wire', '-d', 'macvlan', '-o', `parent=${given}`)).stderr).toBe('')
    await ip('link', 'set', stray, 'alias', owner)
    await daemon.stop('SIGKILL')
    await daemon.start()
    expect([await isThere(given), await isThere(stray)]).toEqual([true, false])
    await daemon.ok('network', 'rm', 'wire')
    expect(await isThere(given)).toBe(true)
  } finally {
    await run('ip', ['link', 'delete', given])
    await run('ip', ['link', 'delete', stray])
  }
})

test('networks share a parent, except that passthru is for one, and ipvlan has its own', async () => {
  const other = (name: string, ...options: string[]) =>
    daemon.docker(['network', 'create', '--subnet', `${daemon.pool}.64/26`, ...options, '-o', `parent=${parent}`, name])
  expect((await create('first', '-d', 'macvlan', '-o', `parent=${parent}`)).stderr).toBe('')
  expect((await other('second', '-d', 'macvlan', '-o', 'macvlan_mode=passthru')).stderr).toContain(`is already using parent interface ${parent}`)
  expect((await other('second', '-d', 'macvlan', '-o', 'macvlan_mode=private')).stderr).toBe('')
  await daemon.ok('network', 'rm', 'first', 'second')
  expect((await create('whole', '-d', 'macvlan', '-o', `parent=${parent}`, '-o', 'macvlan_mode=passthru')).stderr).toBe('')
  expect((await other('second', '-d', 'macvlan')).stderr).toContain(`is already using parent interface ${parent} in mode passthru`)
  await sleeper('only', '--network', 'whole')
  expect(await inside('only', 'ip -4 -o address show eth0')).toContain(`${daemon.pool}.130/26`)
  await daemon.removeAllContainers()
  await daemon.ok('network', 'rm', 'whole')
  expect((await create('layer2', '-d', 'ipvlan', '-o', `parent=${parent}`)).stderr).toBe('')
  expect((await other('layer3', '-d', 'ipvlan', '-o', 'ipvlan_mode=l3')).stderr).toContain(`is already using parent interface ${parent}`)
})

test('an internal network keeps its parent and leads nowhere', async () => {
  expect((await create('inner', '-d', 'macvlan', '--internal', '-o', `parent=${parent}`)).stderr).toBe('')
  await sleeper('box', '--network', 'inner')
  expect(await inside('box', 'ip route')).toBe(`${daemon.pool}.128/26 dev eth0 scope link  src ${daemon.pool}.129 `.trimEnd())
  expect(JSON.parse(await daemon.ok('network', 'inspect', '-f', '{{json .IPAM.Config}}', 'inner'))).toEqual([{ Subnet: `${daemon.pool}.128/26` }])
})

test('ipvlan in layer 3 routes without a gateway', async () => {
  if (!(await kernelHas('ipvlan', 'mode', 'l3'))) {
    expect((await create('routed', '-d', 'ipvlan', '-o', 'ipvlan_mode=l3', '-o', `parent=${parent}`)).stderr).toBe('')
    return expect((await daemon.docker(['run', '--rm', '--network', 'routed', 'busybox', 'true'])).stderr).toContain('failed to create the ipvlan port')
  }
  for (const mode of ['l3', 'l3s']) {
    expect((await create('routed', '-d', 'ipvlan', '-o', `ipvlan_mode=${mode}`, '-o', `parent=${parent}`)).stderr).toBe('')
    await sleeper('one', '--network', 'routed')
    await sleeper('two', '--network', 'routed')
    expect(await inside('one', 'ip route')).toContain('default dev eth0')
    expect(await inside('one', 'ping -c 1 -W 10 two')).toContain('1 packets received')
    await daemon.removeAllContainers()
    await daemon.ok('network', 'rm', 'routed')
  }
})
