import { createSocket, type Socket } from 'node:dgram'
import { decode, encode } from 'dns-packet'
import type { TestDaemon } from '../../harness/daemon.ts'

/** A server of the outside world, that knows one name. */
export async function nameServer(address: string): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => {
    const { id = 0, questions = [] } = decode(message)
    const isKnown = questions[0]?.name === 'outside.example' && questions[0].type === 'A'
    const answers = isKnown ? [{ type: 'A', name: 'outside.example', ttl: 1, data: '192.0.2.7' } as const] : []
    socket.send(encode({ type: 'response', id, questions, answers, flags: isKnown ? 0 : 3 }), from.port, from.address)
  })
  await new Promise<void>((done) => socket.bind(53, address, done))
  return socket
}

/** The addresses that a container finds for a name, or for an address the names; sorted. */
export async function lookUp(daemon: TestDaemon, container: string, name: string): Promise<string[]> {
  const { stdout } = await daemon.docker(['exec', container, 'nslookup', name])
  const answers = stdout.slice(stdout.indexOf('\n\n'))
  return [...new Set([...answers.matchAll(/^Address: (\S+)|name = (\S+)/gm)].map(([, address, found]) => address ?? found ?? ''))].sort()
}

/** Of a container in a network. */
export function addressOf(daemon: TestDaemon, name: string, network: string): Promise<string> {
  return daemon.ok('inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name)
}
