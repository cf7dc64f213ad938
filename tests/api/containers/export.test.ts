import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  const build =
    'mkdir -p /a/b; echo text > /a/b/file; ln -s /etc/passwd /a/link; ln /a/b/file /a/hard; mkfifo /a/fifo; chown 7:8 /a/b/file; echo in > /data/volume'
  await daemon.ok('run', '--name', 'ended', '-v', '/data', 'busybox', 'sh', '-c', build)
  await daemon.ok('run', '-d', '--name', 'running', '-v', '/data', '--tmpfs', '/scratch', 'busybox', 'sh', '-c', `${build}; exec sleep 1000`)
})
afterAll(() => daemon[Symbol.asyncDispose]())

async function exported(name: string): Promise<{ path: string; listing: string[] }> {
  const path = join(daemon.root, `${name}.tar`)
  await daemon.ok('export', '-o', path, name)
  const { code, stdout } = await run('tar', ['--numeric-owner', '-tvf', path])
  expect(code).toBe(0)
  return { path, listing: stdout.split('\n').map((line) => line.replace(/\s+/g, ' ')) }
}

const mounts = async () => (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(` ${daemon.root}/`)).length

test.each(['ended', 'running'])('the whole root of a container that is %s, and nothing of its volumes', async (name) => {
  const before = await mounts()
  const { path, listing } = await exported(name)
  const names = listing.map((line) => line.split(' ')[5]).filter((entry) => entry !== undefined)
  expect(names).toContain('bin/busybox')
  expect(names).toContain('data/')
  expect(names).toContain('proc/')
  expect(names.filter((entry) => /^\.?\/|^(data|proc|sys|scratch)\/./.test(entry))).toEqual([])
  expect(listing.find((line) => line.includes('a/b/file'))).toMatch(/^-rw-r--r-- 7\/8 5 .* a\/b\/file$/)
  expect(listing.find((line) => line.includes('a/link'))).toMatch(/^l.* a\/link -> \/etc\/passwd$/)
  expect(listing.find((line) => line.includes('a/hard'))).toMatch(/^h.* a\/hard link to a\/b\/file$/)
  expect(listing.find((line) => line.includes('a/fifo'))).toMatch(/^p/)
  expect((await run('tar', ['-xOf', path, 'a/b/file'])).stdout).toBe('text\n')
  await until('the mount to be gone', async () => (await mounts()) === before)
})

test('what was exported can be imported and run', async () => {
  const { path } = await exported('ended')
  await daemon.ok('import', path, 'again')
  expect(await daemon.ok('run', '--rm', 'again', '/bin/cat', '/a/hard')).toBe('text')
})

test('the answer is a stream of bytes, and every export is an event', async () => {
  const since = (Date.now() / 1000).toFixed(3)
  const { status, headers } = await daemon.api('GET', '/containers/ended/export')
  expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream'])
  const events = await daemon.ok(
    'events',
    '--since',
    since,
    '--until',
    `${Math.ceil(Date.now() / 1000) + 1}`,
    '--filter',
    'container=ended',
    '--format',
    '{{.Action}}',
  )
  expect(events).toBe('export')
  expect((await daemon.api('GET', '/containers/nobody/export')).json()).toEqual({ message: 'No such container: nobody' })
})

/** Begins an export and reads only its first bytes. */
async function beginExport(name: string) {
  const outgoing = request({ socketPath: daemon.socketPath, path: `/containers/${name}/export` }).end()
  outgoing.on('error', () => undefined)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  response.on('error', () => undefined)
  await once(response, 'readable')
  return { response, hangUp: () => outgoing.destroy() }
}

test('a client that goes away ends it, and the mount with it', async () => {
  await daemon.ok('run', '--name', 'large', 'busybox', 'dd', 'if=/dev/zero', 'of=/large', 'bs=1M', 'count=64')
  const before = await mounts()
  const { hangUp } = await beginExport('large')
  expect(await mounts()).toBe(before + 1)
  hangUp()
  await until('the mount to be gone', async () => (await mounts()) === before)
  await daemon.ok('rm', 'large')
})

test('a container may start, stop and go while it is being exported', async () => {
  await daemon.ok('run', '--name', 'source', 'busybox', 'dd', 'if=/dev/zero', 'of=/large', 'bs=1M', 'count=64')
  await daemon.ok('commit', 'source', 'large')
  await daemon.ok('create', '--name', 'lively', 'large', 'sh', '-c', 'echo run > /ran; exec sleep 1000')
  const before = await mounts()
  const one = await beginExport('lively')
  await daemon.ok('start', 'lively')
  expect(await mounts()).toBe(before + 1)
  await until('the container to have written', async () => (await daemon.docker(['exec', 'lively', 'cat', '/ran'])).stdout === 'run\n')
  await daemon.ok('kill', 'lively')
  expect(await mounts()).toBe(before + 1)
  one.hangUp()
  await until('the mount to be gone', async () => (await mounts()) === before)
  const two = await beginExport('lively')
  await daemon.ok('rm', 'lively')
  expect(await mounts()).toBe(before)
  two.hangUp()
})
