import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'

/** Answers each connection and each datagram with its own name and the address that it came from. */
const PROGRAM = `
const [name, ...ports] = process.argv.slice(1)
for (const port of ports.map(Number)) {
  require('net').createServer({ allowHalfOpen: true }, (s) => { s.on('error', () => {}); s.end(name + ' ' + s.remoteAddress.replace('::ffff:', '')); s.resume() }).listen(port, '::')
  const u = require('dgram').createSocket('udp6')
  u.on('message', (_, from) => u.send(name + ' ' + from.address.replace('::ffff:', ''), from.port, from.address))
  u.bind(port)
}`

/** The test's own Node, which busybox has not, is reached through the host's files. */
const IN_HOST_FILES = ['-v', '/:/host:ro', 'busybox', 'chroot', '/host', process.execPath, '-e']

/**
 * Starts a container that answers on TCP and UDP ports.
 * @param options of `docker run`
 * @returns its id, once it answers
 */
export async function runAnswering(daemon: TestDaemon, name: string, ports: readonly number[], ...options: string[]): Promise<string> {
  const id = await daemon.ok('run', '-d', '--name', name, ...options, ...IN_HOST_FILES, PROGRAM, name, ...ports.map(String))
  const listening = ports
    .map((port) => `grep -qi :${port.toString(16).padStart(4, '0')} /proc/net/tcp6 && grep -qi :${port.toString(16).padStart(4, '0')} /proc/net/udp6`)
    .join(' && ')
  await until(`${name} to listen`, async () => (await daemon.docker(['exec', id, 'sh', '-c', listening])).code === 0)
  return id
}

/** For an answer that is due. */
const PATIENCE_MS = 15_000

/** What a TCP port says. @throws when it refuses, resets or is silent */
export async function askTcp(host: string, port: number): Promise<string> {
  const socket = connect({ host, port })
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no answer from ${host}:${port}`)))
  return text(socket)
}

/** What a UDP port says; asked a few times, as datagrams may get lost. @throws when it is silent */
export async function askUdp(host: string, port: number): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const { promise, resolve } = Promise.withResolvers<string>()
  socket.on('message', (data) => resolve(data.toString()))
  socket.on('error', () => {}) // "Connection refused" of an earlier datagram: silence is told below.
  const timer = setInterval(() => socket.send('?', port, host), 100)
  const silence = new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`no answer from ${host}:${port}/udp`)), PATIENCE_MS).unref())
  try {
    return await Promise.race([promise, silence])
  } finally {
    clearInterval(timer)
    socket.close()
  }
}

/** As {@link askTcp} and {@link askUdp}, from inside a container, or from wherever `command` leads. */
export const ASK_PROGRAM = `
const [protocol, host, port] = process.argv.slice(1)
const fail = () => { console.log('silence'); process.exit() }
setTimeout(fail, 1500)
if (protocol === 'tcp') {
  const s = require('net').connect(Number(port), host)
  let t = ''
  s.on('data', (d) => t += d).on('end', () => { console.log(t); process.exit() }).on('error', fail)
} else {
  const u = require('dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4')
  u.on('message', (d) => { console.log(String(d)); process.exit() }).on('error', fail)
  setInterval(() => u.send('?', Number(port), host), 100)
}`

/** What is said at last: a busy machine may be late with it. @param ask says `silence` where nothing came in time */
export function answered(ask: () => Promise<string>): Promise<string> {
  return until('an answer', async () => {
    const said = await ask()
    return said === 'silence' ? undefined : said
  })
}

/** Asks from a new container. @returns the answer, or `silence` */
export function askFromContainer(daemon: TestDaemon, protocol: 'tcp' | 'udp', host: string, port: number, ...options: string[]): Promise<string> {
  return daemon.ok('run', '--rm', ...options, ...IN_HOST_FILES, ASK_PROGRAM, protocol, host, String(port))
}
