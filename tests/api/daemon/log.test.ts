import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'

/** What the daemon says of itself, over its API. */
let daemon: TestDaemon
let folder: string
let file: string

interface Entry {
  readonly id: number
  readonly time: string
  readonly level: string
  readonly message: string
}
const entriesOf = (body: string) =>
  body
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Entry => JSON.parse(line))
const remembered = async (query = '') => entriesOf((await daemon.api('GET', `/engineroom/v1/log${query}`)).body)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-log-'))
  file = join(folder, 'daemon.json')
  await writeFile(file, '{}')
  daemon = await startDaemon({ flags: ['--config-file', file], withBusybox: false })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test('is told from the start on, or only its end', async () => {
  const all = await remembered()
  expect(all[0]).toMatchObject({ id: 1, level: 'info' })
  expect(all.map(({ message }) => message)).toEqual(
    expect.arrayContaining([`API listen on unix://${daemon.socketPath}`, 'Daemon has completed initialization']),
  )
  expect(all.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true)
  expect(await remembered('?tail=1')).toEqual(all.slice(-1))
  expect(await remembered('?tail=0')).toEqual([])
  expect((await daemon.api('GET', '/engineroom/v1/log?tail=-1')).status).toBe(400)
})

test('is followed as it is written, and no password gets into it', async () => {
  const { promise: response, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const asked = request({ socketPath: daemon.socketPath, path: '/engineroom/v1/log?follow=1&tail=0' }, resolve).on('error', reject)
  asked.end()
  const stream = (await response).setEncoding('utf8')
  const first = once(stream, 'data')
  await writeFile(file, '{"default-runtime": "https://me:s3cret@mirror.example"}')
  process.kill(daemon.pid, 'SIGHUP')
  const [text] = await first
  asked.destroy()
  const [entry] = entriesOf(String(text))
  expect(entry).toMatchObject({ level: 'error', message: expect.stringContaining('https://(hidden)@mirror.example') })
  expect(await daemon.log()).not.toContain('s3cret')
  expect((await remembered('?tail=1'))[0]).toEqual(entry)
})
