import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { relayTcp } from './tcp-relay.ts'

/** Answers a connection whose other side has ended with what it was told. */
async function echo() {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined).once('close', () => sockets.delete(socket)))
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return { port, sockets, [Symbol.asyncDispose]: close }
}

function say(port: number, words: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  socket.end(words)
  return buffer(socket).then(String)
}

test('300 connections at a time go on one after the other, and each is answered', async () => {
  await using server = await echo()
  const port = await freePort()
  let [open, most] = [0, 0]
  const settled = async () => {
    most = Math.max(most, ++open)
    await new Promise(setImmediate)
    open--
  }
  const release = await relayTcp('127.0.0.1', port, server.port, settled)
  const words = Array.from({ length: 300 }, (_, number) => `number ${number}`)
  expect(await Promise.all(words.map((one) => say(port, one)))).toEqual(words)
  expect(most).toBe(1)
  await release()
})

test('one that left while it waited, or that nobody takes, holds nobody up', async () => {
  await using server = await echo()
  const port = await freePort()
  const may = Promise.withResolvers<void>()
  const settlings: Promise<void>[] = [may.promise]
  const release = await relayTcp('127.0.0.1', port, server.port, () => settlings.shift() ?? Promise.reject(new Error('the machine is off')))
  const first = say(port, 'first')
  expect(await first).toBe('first')
  const impatient = connect({ host: '127.0.0.1', port })
  await once(impatient, 'connect')
  impatient.destroy()
  const last = say(port, 'last')
  may.resolve()
  expect(await last).toBe('last')
  await release()
})

test('a connection that nobody takes on the other side ends', async () => {
  const [port, nobody] = [await freePort(), await freePort()]
  const release = await relayTcp('127.0.0.1', port, nobody)
  const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined)
  await once(socket.resume(), 'close')
  await release()
})

test('its end is that of its connections', async () => {
  await using server = await echo()
  const port = await freePort()
  const release = await relayTcp('127.0.0.1', port, server.port)
  const socket = connect({ host: '127.0.0.1', port })
  socket.write('hello')
  await once(socket, 'data')
  const closed = once(
    socket.on('error', () => undefined),
    'close',
  )
  await release()
  await closed
})
