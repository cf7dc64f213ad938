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

test('300 connections at a time are answered, each with its own words', async () => {
  await using server = await echo()
  const port = await freePort()
  const release = await relayTcp('127.0.0.1', port, server.port, () => new Promise(setImmediate))
  const words = Array.from({ length: 300 }, (_, number) => `number ${number}`)
  expect(await Promise.all(words.map((one) => say(port, one)))).toEqual(words)
  await release()
})

test('one waits until the one before has settled; one that leaves meanwhile, or cannot be asked for, holds nobody up', async () => {
  await using server = await echo()
  const port = await freePort()
  const [asked, may] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const answers: (() => Promise<void>)[] = [() => may.promise, () => Promise.reject(new Error('the machine is off'))]
  const release = await relayTcp('127.0.0.1', port, server.port, async () => {
    asked.resolve()
    await answers.shift()?.()
  })
  const silent = connect({ host: '127.0.0.1', port })
  const impatient = connect({ host: '127.0.0.1', port })
  await Promise.all([once(silent, 'connect'), once(impatient, 'connect'), asked.promise])
  const [last, more] = [say(port, 'last'), say(port, 'more')]
  impatient.destroy()
  expect(server.sockets.size).toBeLessThanOrEqual(1)
  may.resolve()
  expect(await Promise.all([last, more])).toEqual(['last', 'more'])
  silent.destroy()
  await release()
})

test('where nobody waits for the next turn, nobody is asked', async () => {
  await using server = await echo()
  const port = await freePort()
  let asked = 0
  const release = await relayTcp('127.0.0.1', port, server.port, async () => void asked++)
  for (const words of ['one', 'after', 'the', 'other']) expect(await say(port, words)).toBe(words)
  expect(asked).toBe(0)
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
