import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

test('a ping tells the version, the builder and the operating system', async () => {
  const { status, headers, body } = await daemon.api('GET', '/_ping')
  expect(status).toBe(200)
  expect(body).toBe('OK')
  expect(headers).toMatchObject({ 'api-version': '1.51', 'builder-version': '2', ostype: 'linux', 'docker-experimental': 'false', swarm: 'inactive' })
})

test('docker run prints what the container prints, and ends with its exit code', async () => {
  expect(await daemon.ok('run', '--rm', 'busybox', 'echo', 'hello')).toBe('hello')
  expect((await daemon.docker(['run', '--rm', 'busybox', 'sh', '-c', 'exit 7'])).code).toBe(7)
})
