import { expect, test } from 'vitest'
import { stillMachine } from '../../../testing/still-machine.ts'
import { UnixServer } from '../../../testing/unix-server.ts'
import { HostPorts } from './host-ports.ts'
import { openPortChannel } from './port-channel.ts'
import type { PortRequest } from './port-request.ts'

const request: PortRequest = { id: 1, op: 'hold', protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 8080, innerPort: 80 }

/** An engine that takes the channel, and says this on it. */
function engine(words: string) {
  return UnixServer.net((socket) => {
    socket.on('error', () => undefined) // Its other end breaks: that is the test.
    socket.once('data', () => socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n${words}\n`))
  })
}

/** A machine that fails at ports in a way that is no answer. */
const machine = stillMachine({
  openPort: async () => {
    throw new Error('the monitor broke off')
  },
})

test.each([
  ['a port that fails for no reason that a bind has', JSON.stringify(request)],
  ['words that are no request', 'hello'],
])('%s ends the channel, and nothing else', async (_, words) => {
  await using server = await engine(words)
  const { ended } = await openPortChannel(server.socketPath, new HostPorts(machine), new AbortController().signal)
  expect(await ended).toBeUndefined()
})
