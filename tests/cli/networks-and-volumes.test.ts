import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { engineroom } from './ours.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const ours = async (...args: string[]) => {
  const { code, stdout, stderr } = await engineroom(daemon, args)
  expect([args, code, stderr]).toEqual([args, 0, ''])
  return stdout.trimEnd()
}
const inspected = async (kind: string, name: string) => JSON.parse(await daemon.ok(kind, 'inspect', name))[0]

test('a network as docker makes it: created, joined, left, removed', async () => {
  const flags = [
    '--subnet',
    `${daemon.pool}.128/28`,
    '--gateway',
    `${daemon.pool}.130`,
    '--ip-range',
    `${daemon.pool}.136/29`,
    '--aux-address',
    `a=${daemon.pool}.137`,
  ]
  const more = ['--label', 'a=b', '--label', 'c', '-o', 'com.docker.network.bridge.enable_icc=false', '--internal', '--attachable']
  const make = ['network', 'create', ...flags, ...more, 'net']
  const without = ({ Id, Created, Options, ...rest }: Record<string, unknown>) => rest
  const id = await ours(...make)
  const byUs = await inspected('network', 'net')
  expect(id).toBe(byUs.Id)
  await ours('network', 'rm', 'net')
  await daemon.ok(...make)
  expect(without(byUs)).toEqual(without(await inspected('network', 'net')))

  await daemon.ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000')
  await ours('network', 'connect', '--ip', `${daemon.pool}.140`, '--alias', 'one,two', 'net', 'box')
  const { net } = JSON.parse(await daemon.ok('inspect', '-f', '{{json .NetworkSettings.Networks}}', 'box'))
  expect(net).toMatchObject({ IPAddress: `${daemon.pool}.140`, Aliases: ['one', 'two'] })
  await ours('network', 'disconnect', 'net', 'box')
  expect(Object.keys((await inspected('network', 'net')).Containers)).toEqual([])
  expect(await ours('network', 'prune', '-f')).toBe('Deleted Networks:\nnet')
})

test('what nobody needs goes at once', async () => {
  await daemon.ok('run', '--name', 'over', '-v', '/data', 'busybox', 'true')
  const [{ Name: anonymous }] = (await inspected('container', 'over')).Mounts
  const over = await daemon.ok('inspect', '-f', '{{.Id}}', 'over')
  await daemon.ok('network', 'create', 'idle')
  await daemon.ok('volume', 'create', 'kept')
  const image = await daemon.ok('commit', '-m', 'without a name', 'over')
  await daemon.ok('commit', '-m', 'with a name', 'over', 'unused:1')

  const seen = (await ours('system', 'prune', '-f', '--volumes')).split('\n')
  expect(seen).toEqual(expect.arrayContaining(['Deleted Containers:', over, 'Deleted Networks:', 'idle', 'Deleted Volumes:', anonymous, `deleted: ${image}`]))
  expect(seen.at(-1)).toMatch(/^Total reclaimed space: [0-9.]+k?B$/)
  expect(await daemon.ok('volume', 'ls', '-q')).toBe('kept')
  expect(await ours('system', 'prune', '-af')).toContain('Deleted Images:\nuntagged: unused:1\ndeleted: sha256:')
})

test('a volume as docker makes it, and its events', async () => {
  const make = ['volume', 'create', '--label', 'a=b', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'vol']
  const without = ({ CreatedAt, ...rest }: Record<string, unknown>) => rest
  expect(await ours(...make)).toBe('vol')
  const byUs = await inspected('volume', 'vol')
  expect(await ours('volume', 'rm', 'vol')).toBe('vol')
  await daemon.ok(...make)
  expect(without(byUs)).toEqual(without(await inspected('volume', 'vol')))
  const anonymous = await ours('volume', 'create')
  expect(await ours('volume', 'prune', '-f')).toMatch(new RegExp(`^Deleted Volumes:\n${anonymous}\n\nTotal reclaimed space: 0B$`))
  const until = ((Date.now() + 1) / 1000).toFixed(3)
  const seen = await ours('events', '--since', '1h', '--until', until, '-f', 'volume=vol', '--format', '{{.Action}}')
  expect(seen.split('\n')).toEqual(['create', 'destroy', 'create'])
})
