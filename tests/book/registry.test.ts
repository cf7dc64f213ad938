import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineroom } from '../cli/ours.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/**
 * The chapter's technique 9, "setting up a local Docker registry": a registry in a container with its data on the host,
 * reached by an address of the host. The image is one that we build from our own server.
 */
let daemon: TestDaemon
let trusting: TestDaemon
let folder: string
let registry: string
beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-book-registry-')
  daemon = await startDaemon()
  // An address of this machine other than those that docker trusts without being told: that of the first daemon's bridge.
  trusting = await startDaemon({ flags: ['--insecure-registry', `${daemon.subnet}.0/24`] })
  registry = `${daemon.subnet}.1:${await freePort()}`
})
afterAll(async () => {
  await trusting[Symbol.asyncDispose]()
  await daemon[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const port = () => registry.split(':')[1] ?? ''

test('technique 9: a registry in a container, pushed to by an address of the host', async () => {
  const built = await engineroom(daemon, ['registry', 'image'])
  expect(built, built.stderr).toMatchObject({ code: 0, stdout: 'Loaded image: registry:2\n' })

  await daemon.ok('run', '-d', '-p', `${port()}:5000`, '-v', `${join(folder, 'registry')}:/var/lib/registry`, '--name', 'registry', 'registry:2')
  await until('the registry to answer', async () => (await fetch(`http://${registry}/v2/`)).ok)

  await trusting.ok('tag', 'busybox', `${registry}/busybox`)
  expect(await trusting.ok('push', `${registry}/busybox`)).toMatch(/latest: digest: sha256:[0-9a-f]{64} size: \d+/)
  await trusting.ok('rmi', `${registry}/busybox`, 'busybox')
  expect(await trusting.ok('run', '--rm', `${registry}/busybox`, 'echo', 'from our own registry')).toBe('from our own registry')
})

test('the data are on the host: a new container has the images of the one before', async () => {
  await daemon.ok('rm', '-f', 'registry')
  await daemon.ok('run', '-d', '-p', `${port()}:5000`, '-v', `${join(folder, 'registry')}:/var/lib/registry`, '--name', 'registry', 'registry:2')
  await until('the registry to answer', async () => (await fetch(`http://${registry}/v2/`)).ok)
  expect(await (await fetch(`http://${registry}/v2/_catalog`)).json()).toEqual({ repositories: ['busybox'] })
})

test('without --insecure-registry, the push is refused in docker’s words', async () => {
  await daemon.ok('tag', 'busybox', `${registry}/busybox`)
  const { code, stderr } = await daemon.docker(['push', `${registry}/busybox`])
  expect(code).toBe(1)
  expect(stderr).toContain(`Get "https://${registry}/v2/": http: server gave HTTP response to HTTPS client`)
})

test('it stops when it is told to', async () => {
  await daemon.ok('stop', '-t', '30', 'registry')
  expect(await daemon.ok('inspect', '-f', '{{.State.ExitCode}}', 'registry')).toBe('0')
})
