import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { heardOut } from './heard-out.ts'

let folder: string
let client: Socket
let server: Socket
let closed: Promise<void>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-heard-out-'))
  const listener = createServer({ allowHalfOpen: true }).listen(join(folder, 'socket'))
  await once(listener, 'listening')
  client = createConnection(join(folder, 'socket'))
  const [accepted] = await Promise.all([once(listener, 'connection'), once(client, 'connect')])
  server = accepted[0]
  closed = new Promise((resolve) => void server.on('close', () => resolve()))
  listener.close()
})
afterEach(async () => {
  client.destroy()
  server.destroy()
  await rm(folder, { recursive: true })
})

test('what was typed is there, though what was to be shown found nobody any more', async () => {
  const input = heardOut(server)
  client.write('typed')
  client.destroy()
  for (let line = 0; line < 20; line++) server.write('printed\n')
  expect(await text(input)).toBe('typed')
  await closed
})

test('so it is when the client left with something unread, and whoever reads is slow', async () => {
  const input = heardOut(server)
  client.pause()
  server.write('never read\n')
  await setImmediate()
  for (let part = 0; part < 3; part++) client.write('x'.repeat(50_000))
  client.destroy()
  let length = 0
  for await (const chunk of input as AsyncIterable<Buffer>) {
    await setImmediate()
    length += chunk.length
  }
  expect(length).toBe(150_000)
  await closed
})

test('once all was heard, an output that cannot be written closes the connection', async () => {
  const input = heardOut(server)
  client.end('all')
  expect(await text(input)).toBe('all')
  client.destroy()
  await once(client, 'close')
  server.write('to nobody')
  await closed
})
