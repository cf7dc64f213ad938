import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { UnixServer } from '../../../testing/unix-server.ts'
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

test('commands go out with their arguments, and each gets its own answer', async () => {
  await using server = await qemu(({ execute, arguments: given }) =>
    execute === 'human-monitor-command'
      ? { return: `heard ${JSON.stringify(given)}` }
      : { return: execute === 'query-status' ? { status: 'running', running: true } : {} },
  )
  const monitor = await QmpClient.connect(server.socketPath)
  const [status, said] = await Promise.all([monitor.execute('query-status', {}), monitor.execute('human-monitor-command', { 'command-line': 'info usernet' })])
  expect([status.running, said]).toEqual([true, 'heard {"command-line":"info usernet"}'])
  monitor.close()
})

test('a refusal is an error in the words of QEMU', async () => {
  await using server = await qemu(({ execute }) =>
    execute === 'block_resize' ? { error: { class: 'DeviceNotFound', desc: "Cannot find device='data'" } } : { return: {} },
  )
  const monitor = await QmpClient.connect(server.socketPath)
  await expect(monitor.execute('block_resize', { device: 'data', size: 1 })).rejects.toThrow(new QmpError('DeviceNotFound', "Cannot find device='data'"))
  monitor.close()
})

test('an answer of another shape is not taken for one', async () => {
  await using server = await qemu(({ execute }) => ({ return: execute === 'query-status' ? { status: 7 } : {} }))
  const monitor = await QmpClient.connect(server.socketPath)
  await expect(monitor.execute('query-status', {})).rejects.toThrow('QEMU answered query-status with {"status":7}')
  monitor.close()
})

test('events are told, also between a command and its answer', async () => {
  const events: string[] = []
  await using server = await qemu(({ execute }, socket) => {
    if (execute === 'stop') socket.write('{"event": "STOP", "timestamp": {}}\n')
    return { return: {} }
  })
  const monitor = await QmpClient.connect(server.socketPath, (event) => events.push(event))
  await monitor.execute('stop', {})
  expect(events).toEqual(['STOP'])
  monitor.close()
})

test('what waits for an answer hears of the end', async () => {
  await using server = await qemu(({ execute }, socket) => {
    if (execute === 'quit') socket.destroy()
    return { return: {} }
  })
  const monitor = await QmpClient.connect(server.socketPath)
  await expect(monitor.execute('quit', {})).rejects.toThrow()
  await expect(monitor.execute('cont', {})).rejects.toThrow()
})

test('something else on the socket is not QEMU', async () => {
  await using server = await UnixServer.net((socket) => socket.write('SSH-2.0-OpenSSH\r\n'))
  await expect(QmpClient.connect(server.socketPath)).rejects.toThrow('which is not QMP')
})
