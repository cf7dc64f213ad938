import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { CountingProxy } from '../harness/counting-proxy.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'

/** What goes over the socket when buildx builds a folder once more: what has changed, and the list of what is there. */

const FILES = 200
const FILE_BYTES = 1_000_000

let daemon: TestDaemon
let proxy: CountingProxy
let context: string
beforeAll(async () => {
  daemon = await startDaemon()
  await writeFile(join(daemon.root, 'docker-config/config.json'), JSON.stringify({ cliPluginsExtraDirs: [dirname(inject('buildx'))] }))
  proxy = await CountingProxy.listen(join(daemon.root, 'counted.sock'), daemon.socketPath)
  context = join(daemon.root, 'context')
  await mkdir(join(context, 'in'), { recursive: true })
  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nCOPY . /all\n')
  for (let number = 0; number < FILES; number++) await writeFile(join(context, `in/file-${number}`), Buffer.alloc(FILE_BYTES, `file ${number}\n`))
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await daemon[Symbol.asyncDispose]()
})

/** @returns how many bytes the client has sent */
async function build(): Promise<number> {
  proxy.take()
  const { code, stderr } = await daemon.docker(['build', '-t', 'counted', context], {
    env: { DOCKER_BUILDKIT: '1', DOCKER_HOST: `unix://${proxy.socketPath}` },
  })
  if (code !== 0) throw new Error(stderr)
  return proxy.take()
}

test('a context of 200 MB is sent once; then what has changed', async () => {
  expect(await build()).toBeGreaterThan(FILES * FILE_BYTES)
  expect(await build()).toBeLessThan(100_000)
  await appendFile(join(context, 'in/file-7'), '\nmore\n')
  const changed = await build()
  expect(changed).toBeGreaterThan(FILE_BYTES)
  expect(changed).toBeLessThan(FILE_BYTES + 100_000)
  await rm(join(context, 'in/file-8'))
  expect(await build()).toBeLessThan(100_000)
  expect(await daemon.ok('run', '--rm', 'counted', 'sh', '-c', 'ls /all/in | wc -l; tail -n 1 /all/in/file-7')).toBe('199\nmore')
})
