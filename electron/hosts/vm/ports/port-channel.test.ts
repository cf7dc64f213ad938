import { expect, test } from 'vitest'
import { stillMachine } from '../../../testing/still-machine.ts'
import { UnixServer } from '../../../testing/unix-server.ts'
import { HostPorts } from './host-ports.ts'
import { openPortChannel } from './port-channel.ts'
import { PortError, type PortRequest } from './port-request.ts'
import { whatToAllow } from './what-to-allow.ts'

const request: PortRequest = { id: 1, op: 'hold', protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 8080, innerPort: 80 }

/** An engine that takes the channel, and says this on it. */
function engine(words: string, heard: (answer: string) => void = () => undefined) {
  return UnixServer.net((socket) => {
    socket.on('error', () => undefined) // Its other end breaks: that is the test.
    socket.once('data', () => {
      socket.on('data', (answer) => heard(String(answer)))
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n${words}\n`)
    })
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

test('a port that is not for everybody is refused with its code, and what to do about it where there is something', async () => {
  const { promise: heard, resolve } = Promise.withResolvers<string>()
  await using server = await engine(JSON.stringify(request), resolve)
  const openPort = () => Promise.reject(new PortError('EACCES'))
  await openPortChannel(server.socketPath, new HostPorts(stillMachine({ openPort })), new AbortController().signal)
  const remedy = whatToAllow('EACCES', request, process.platform)
  expect(JSON.parse(await heard)).toEqual({ id: 1, code: 'EACCES', ...(remedy !== undefined && { remedy }) })
})
