import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFiles } from '../harness/open-files.ts'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/** How many connections and streams come through to a VM at a time. */
let vm: RealVm

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.prepare('--cpus', '1', '--share', 'none')
})
afterAll(() => vm?.[Symbol.asyncDispose]())

test('500 connections at once to a published port: each is answered, and nothing stays open', async () => {
  const port = await freePort()
  // It has room for ten that it has not accepted, and takes a process for each.
  const web = `cd /tmp; echo here > index.html; exec httpd -f -p 80`
  await vm.ok('run', '-d', '--name', 'web', '-p', `127.0.0.1:${port}:80`, 'busybox', 'sh', '-c', web)
  const ask = () => answerOf(request({ port, host: '127.0.0.1', agent: false, path: '/' }))
  await until('the web server', ask, PATIENCE_MS)
  await leavesNothingOpen(async () => {
    const startedAt = Date.now()
    const answers = await Promise.all(Array.from({ length: 500 }, ask))
    process.stdout.write(`500 connections: ${Date.now() - startedAt} ms\n`)
    expect(answers).toEqual(Array.from({ length: 500 }, () => 'here\n'))
  })
  await vm.ok('rm', '-f', 'web')
})

test('200 streams of the API at a time: each hears what happens, and nothing stays open', async () => {
  await leavesNothingOpen(async () => {
    const startedAt = Date.now()
    const streams = await Promise.all(Array.from({ length: 200 }, () => follow('/events')))
    process.stdout.write(`200 streams: open after ${Date.now() - startedAt} ms\n`)
    await vm.ok('volume', 'create', 'noticed')
    await until('all to hear of it', () => streams.every(({ heard }) => heard().includes('noticed')), PATIENCE_MS)
    for (const { end } of streams) end()
  })
})

/**
 * Does something, and waits until supervisor, QEMU and engine have no more open files than before. They may have fewer: QEMU's
 * user network keeps the sockets of connections that have ended for a while, those from before among them.
 */
async function leavesNothingOpen(work: () => Promise<void>): Promise<void> {
  const { pid = 0 } = await vm.status()
  const supervisor = Number.parseInt(await readFile(vm.file('default', 'supervisor.pid'), 'utf8'), 10)
  const count = async () => [(await openFiles(supervisor)).length, (await openFiles(pid)).length, await openInEngine()]
  const before = await until(
    'a steady count',
    async () => {
      const first = await count()
      return isDeepStrictEqual(await count(), first) && first
    },
    PATIENCE_MS,
  )
  await work()
  await until(
    `supervisor, QEMU and engine to have at most ${before} files open`,
    async () => {
      const now = await count()
      if (now.some((open, index) => open > (before[index] ?? 0))) throw new Error(`there are ${now}`)
      return true
    },
    PATIENCE_MS,
  )
}

async function openInEngine(): Promise<number> {
  return Number(await vm.ok('run', '--rm', '--privileged', '--pid', 'host', 'busybox', 'sh', '-c', 'ls /proc/$(cat /proc/1/root/run/engine.pid)/fd | wc -l'))
}

async function answerOf(outgoing: ReturnType<typeof request>): Promise<string> {
  const response = await responseTo(outgoing)
  return (await response.toArray()).join('')
}

function responseTo(outgoing: ReturnType<typeof request>): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  outgoing.on('response', resolve).on('error', reject).end()
  return promise
}

/** A stream of the API, and what came of it so far. */
async function follow(path: string) {
  const response = await responseTo(request({ socketPath: vm.socketPath, agent: false, path, headers: { Host: 'engine' } }))
  let heard = ''
  response.on('data', (chunk: Buffer) => {
    heard += chunk
  })
  response.on('error', () => {}) // We end it ourselves.
  return { heard: () => heard, end: () => response.destroy() }
}
