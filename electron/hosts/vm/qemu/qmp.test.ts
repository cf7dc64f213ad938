import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { until } from '../../../../tests/harness/until.ts'
import { UnixServer } from '../../../testing/unix-server.ts'
import { isNobodyThere } from '../nobody-there.ts'
import { QmpClient, QmpError } from './qmp.ts'

const GREETING = '{"QMP": {"version": {}, "capabilities": []}}\n'

/** Plays QEMU: greets, and answers each command with what `answer` makes of it. */
function qemu(answer: (command: { execute: string; id: number; arguments: unknown }, socket: Socket) => object) {
  return UnixServer.net((socket) => {
    socket.write(GREETING)
    createInterface({ input: socket }).on('line', (line) => {
      const command = JSON.parse(line)
      socket.write(`${JSON.stringify({ id: command.id, ...answer(command, socket) })}\n`)
    })
  })
}

const never = new AbortController().signal

test('commands go out with their arguments, and each gets its own answer', async () => {
  await using server = await qemu(({ execute, arguments: given }) =>
    execute === 'human-monitor-command' ? { return: `heard ${JSON.stringify(given)}` } : { return: {} },
  )
  const monitor = await QmpClient.connect(server.socketPath, never)
  const [answer, said] = await Promise.all([monitor.execute('cont', {}), monitor.execute('human-monitor-command', { 'command-line': 'info usernet' })])
  expect([answer, said]).toEqual([{}, 'heard {"command-line":"info usernet"}'])
  monitor.close()
})

test('a refusal is an error in the words of QEMU', async () => {
  await using server = await qemu(({ execute }) =>
    execute === 'block_resize' ? { error: { class: 'DeviceNotFound', desc: "Cannot find device='data'" } } : { return: {} },
  )
  const monitor = await QmpClient.connect(server.socketPath, never)
  await expect(monitor.execute('block_resize', { device: 'data', size: 1 })).rejects.toThrow(new QmpError("Cannot find device='data'"))
  monitor.close()
})

test('an answer of another shape is not taken for one', async () => {
  await using server = await qemu(({ execute }) => ({ return: execute === 'human-monitor-command' ? { status: 7 } : {} }))
  const monitor = await QmpClient.connect(server.socketPath, never)
  await expect(monitor.execute('human-monitor-command', { 'command-line': 'info' })).rejects.toThrow('QEMU answered human-monitor-command with {"status":7}')
  monitor.close()
})

test('an event between a command and its answer is not the answer', async () => {
  await using server = await qemu(({ execute }, socket) => {
    if (execute === 'human-monitor-command') socket.write('{"event": "STOP", "timestamp": {}}\n')
    return { return: execute === 'human-monitor-command' ? 'done' : {} }
  })
  const monitor = await QmpClient.connect(server.socketPath, never)
  expect(await monitor.execute('human-monitor-command', { 'command-line': 'stop' })).toBe('done')
  monitor.close()
})

test('what waits for an answer hears of the end', async () => {
  await using server = await qemu(({ execute }, socket) => {
    if (execute === 'quit') socket.destroy()
    return { return: {} }
  })
  const monitor = await QmpClient.connect(server.socketPath, never)
  await expect(monitor.execute('quit', {})).rejects.toThrow()
  await expect(monitor.execute('cont', {})).rejects.toThrow()
})

test.each([
  ['before it greets', ''],
  ['before it answers', GREETING],
])('one that ends %s is nobody: why it went is told by the end of its process', async (_, said) => {
  await using server = await UnixServer.net((socket) => socket.end(said))
  const failure = await QmpClient.connect(server.socketPath, never).catch((error: unknown) => error)
  expect([failure, isNobodyThere(failure)]).toEqual([expect.any(Error), true])
})

test('something else on the socket is not QEMU', async () => {
  await using server = await UnixServer.net((socket) => socket.write('SSH-2.0-OpenSSH\r\n'))
  await expect(QmpClient.connect(server.socketPath, never)).rejects.toThrow('which is not QMP')
})

test('who gives up is not kept by a QEMU that greets nobody', async () => {
  await using server = await UnixServer.net((socket) => socket.on('error', () => undefined))
  const giveUp = new AbortController()
  const connecting = expect(QmpClient.connect(server.socketPath, giveUp.signal)).rejects.toThrow('too late')
  await until('the connection', () => server.connections === 1)
  giveUp.abort(new Error('too late'))
  await connecting
  await until('its end', () => server.connections === 0)
})

test('who waits for an event hears of it', async () => {
  await using server = await qemu(({ execute }, socket) => {
    if (execute === 'cont') socket.write('{"event": "RESUME", "timestamp": {}}\n')
    return { return: {} }
  })
  const monitor = await QmpClient.connect(server.socketPath, never)
  let heard = 0
  monitor.onEvent('RESUME', () => void heard++)
  await monitor.execute('system_powerdown', {})
  expect(heard).toBe(0)
  await monitor.execute('cont', {})
  expect(heard).toBe(1)
  monitor.close()
})
