import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { until } from '../../tests/harness/until.ts'
import { UnixServer } from '../testing/unix-server.ts'
import { Terminal } from './terminal.ts'

const PLACE = { id: 'e'.repeat(64), isExec: false, by: 'window', rows: 24, columns: 80 }
const HEAD = 'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'
const CHUNK = Buffer.alloc(64 * 1024, 'x')

/** An engine whose exec is whatever `exec` does with the connection after the head. */
function engineWith(exec: (socket: Socket) => void, early = '') {
  return UnixServer.net((socket) => {
    socket.on('error', () => undefined) // The other side may reset it.
    socket.once('data', () => {
      socket.write(HEAD + early)
      socket.resume()
      exec(socket)
    })
  })
}

class Listener {
  text = ''
  bytes = 0
  ends: (string | undefined)[] = []
  data(chunk: Uint8Array): void {
    this.text += Buffer.from(chunk).toString()
    this.bytes += chunk.byteLength
  }
  closed(reason: string | undefined): void {
    this.ends.push(reason)
  }
}

test('carries bytes both ways, the first ones too that came with the head', async () => {
  await using server = await engineWith((socket) => socket.on('data', (data) => void socket.write(`<${data}>`)), '$ ')
  const listener = new Listener()
  const terminal = await Terminal.open(server.socketPath, PLACE, listener)
  terminal.take(1000)
  await terminal.write(Buffer.from('ls'))
  await until('the answer', () => listener.text === '$ <ls>')
  terminal.close()
})

test('an exec is started in place of joining', async () => {
  const asked: string[] = []
  await using server = await UnixServer.net((socket) => {
    socket.on('error', () => undefined) // The other side may reset it.
    socket.once('data', (data) => {
      asked.push(`${data}`)
      socket.write(`${HEAD}$ `)
    })
  })
  const listener = new Listener()
  const terminal = await Terminal.open(server.socketPath, { ...PLACE, isExec: true }, listener)
  terminal.take(1000)
  await until('the prompt', () => listener.text === '$ ')
  expect(asked[0]).toMatch(/^POST \/exec\/e{64}\/start HTTP[\s\S]*\{"Detach":false,"Tty":true,"ConsoleSize":\[24,80\]\}$/)
  terminal.close()
})

test('delivers nothing before there is room, and then no more than one chunk beyond it', async () => {
  await using server = await engineWith((socket) => void socket.write(CHUNK))
  const listener = new Listener()
  const terminal = await Terminal.open(server.socketPath, PLACE, listener)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(listener.bytes).toBe(0)
  terminal.take(1)
  await until('the first chunk', () => listener.bytes > 0)
  expect(listener.bytes).toBeLessThanOrEqual(CHUNK.length)
  terminal.take(CHUNK.length)
  await until('the rest', () => listener.bytes === CHUNK.length)
  terminal.close()
})

test('a reader without room holds the writer back', async () => {
  let written = 0
  const flood = (socket: Socket): void => {
    while (!socket.destroyed) {
      written += CHUNK.length
      if (!socket.write(CHUNK)) return void socket.once('drain', () => flood(socket))
    }
  }
  await using server = await engineWith(flood)
  const listener = new Listener()
  const terminal = await Terminal.open(server.socketPath, PLACE, listener)
  let before = -1
  await until('the writer to stand still', async () => {
    const stands = written === before
    before = written
    await new Promise((resolve) => setTimeout(resolve, 100))
    return stands
  })
  expect(written).toBeLessThan(4 * 1024 * 1024)
  terminal.take(16 * 1024 * 1024)
  await until('the writer to go on', () => listener.bytes >= 16 * 1024 * 1024)
  terminal.close()
})

test('the end of the command comes after all of its output', async () => {
  await using server = await engineWith((socket) => void socket.end('bye'))
  const listener = new Listener()
  const terminal = await Terminal.open(server.socketPath, PLACE, listener)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(listener.ends).toEqual([])
  terminal.take(100)
  await until('the end', () => listener.ends.length === 1)
  expect(listener.text).toBe('bye')
  expect(listener.ends).toEqual([undefined])
  await until('our side to close too', () => server.connections === 0)
  await expect(terminal.write(Buffer.from('x'))).rejects.toThrow('This terminal has ended.')
})

test('says why when it broke off', async () => {
  // Closing a unix socket with something unread in it is a reset, and a paused one leaves most of a megabyte unread.
  await using server = await engineWith((socket) => void socket.pause().once('readable', () => setTimeout(() => socket.destroy(), 20)))
  const listener = new Listener()
  const terminal = await Terminal.open(server.socketPath, PLACE, listener)
  terminal.take(100)
  await expect(terminal.write(Buffer.alloc(1024 * 1024))).rejects.toThrow('This terminal has ended.')
  await until('the end', () => listener.ends.length === 1)
  expect(listener.ends).toEqual([expect.stringMatching(/^The terminal broke off: .*(ECONNRESET|EPIPE)/)])
})

test('closing it closes the connection, once, without a reason', async () => {
  await using server = await engineWith(() => undefined)
  const listener = new Listener()
  const terminal = await Terminal.open(server.socketPath, PLACE, listener)
  terminal.close()
  terminal.close()
  await until('the end', () => listener.ends.length === 1)
  await until('the connection to close', () => server.connections === 0)
  expect(listener.ends).toEqual([undefined])
})

test("a refused terminal throws the engine's own words", async () => {
  await using server = await UnixServer.http((_request, response) => response.writeHead(404).end('{"message":"No such terminal: e"}'))
  await expect(Terminal.open(server.socketPath, PLACE, new Listener())).rejects.toThrow('No such terminal: e')
})

test('something that is no engine is named by its status', async () => {
  await using server = await UnixServer.http((_request, response) => response.writeHead(404).end('<html>'))
  await expect(Terminal.open(server.socketPath, PLACE, new Listener())).rejects.toThrow('status 404')
})
