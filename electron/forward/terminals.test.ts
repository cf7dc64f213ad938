import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { until } from '../../tests/harness/until.ts'
import { UnixServer } from '../testing/unix-server.ts'
import { Terminals } from './terminals.ts'

const PLACE = { id: 'e'.repeat(64), isExec: false, rows: 24, columns: 80 }
const HEAD = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'

function recorder() {
  const log: string[] = []
  return { log, data: (id: string, data: Uint8Array) => void log.push(`${id} ${Buffer.from(data)}`), closed: (id: string) => void log.push(`${id} closed`) }
}

test('two terminals do not mix', async () => {
  let number = 0
  await using server = await UnixServer.net((socket) => {
    number += 1
    const name = `exec ${number}`
    socket.once('data', () => void socket.write(HEAD + name)).resume()
  })
  const listener = recorder()
  const terminals = new Terminals(() => server.socketPath, listener)
  const first = await terminals.open(PLACE)
  const second = await terminals.open(PLACE)
  terminals.take(second, 100)
  await until('the second', () => listener.log.length === 1)
  terminals.take(first, 100)
  await until('the first', () => listener.log.length === 2)
  expect(listener.log).toEqual([`${second} exec 2`, `${first} exec 1`])
  terminals.closeAll()
  await until('both to end', () => listener.log.length === 4 && server.connections === 0)
})

test('one that opens after its page has left is closed', async () => {
  const waiting: Socket[] = []
  await using server = await UnixServer.net((socket) => void socket.once('data', () => waiting.push(socket)))
  const terminals = new Terminals(() => server.socketPath, recorder())
  const opening = terminals.open(PLACE)
  await until('the request', () => waiting.length === 1)
  terminals.closeAll()
  waiting[0]?.resume().write(HEAD)
  const id = await opening
  await until('the connection to close', () => server.connections === 0)
  await expect(terminals.write(id, Buffer.from('x'))).rejects.toThrow('This terminal has ended.')
})

test('an unknown terminal has ended: writing says so, taking and closing do nothing', async () => {
  const terminals = new Terminals(() => '/nowhere', recorder())
  await expect(terminals.write('x', Buffer.from('x'))).rejects.toThrow('This terminal has ended.')
  terminals.take('x', 1)
  terminals.close('x')
})
