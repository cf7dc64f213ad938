import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeqpacketServer, type SeqpacketSocket } from 'node-unix-socket'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectNative } from './native-packets.ts'
import type { PacketSocket } from './packet-socket.ts'
import { connectRelayed } from './relayed-packets.ts'

let folder: string
let path: string
let server: SeqpacketServer
let accepted: Promise<SeqpacketSocket>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-packets-'))
  path = join(folder, 'socket')
  server = new SeqpacketServer()
  accepted = new Promise((resolve) => server.once('connection', resolve))
  server.listen(path)
})
afterEach(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

/** Reads nothing until all that it says itself has been taken; then says how much it has read. */
const SLOW_READER = `
  socket(my $listener, AF_UNIX, SOCK_SEQPACKET, 0) or die $!;
  bind($listener, sockaddr_un($ARGV[0])) && listen($listener, 1) or die $!;
  $| = 1; print "ready";
  accept(my $it, $listener) or die $!;
  for (1 .. 200) { defined send($it, "o" x 16384, 0) or die $! }
  my ($total, $packet) = 0;
  while (defined recv($it, $packet, 65536, 0) && length $packet) { $total += length $packet }
  send($it, $total, 0)`

const LARGEST = 33 * 1024

describe.each([
  ['a library in this process', connectNative],
  ['a program of LuaJIT', connectRelayed],
])('packets by %s', (_, connect) => {
  const heard: Buffer[] = []
  let closed: Promise<void>
  async function open(): Promise<{ near: PacketSocket; far: SeqpacketSocket }> {
    heard.length = 0
    const end = Promise.withResolvers<void>()
    closed = end.promise
    const near = await connect(path, { packet: (packet) => void heard.push(Buffer.from(packet)), closed: end.resolve }, LARGEST)
    if (!near) throw new Error('there is no such way on this machine')
    const far = await accepted
    far.setInternalReadBufferSize(LARGEST)
    return { near, far }
  }
  const packetsOf = (socket: SeqpacketSocket) => {
    const packets: Buffer[] = []
    const ended = new Promise<Buffer[]>(
      (resolve) => void socket.on('data', (data: Buffer) => packets.push(Buffer.from(data))).on('end', () => resolve(packets)),
    )
    return ended
  }

  test('each arrives by itself and whole, the other side’s also when ours has ended', async () => {
    const { near, far } = await open()
    const told = packetsOf(far)
    const large = Buffer.alloc(8192, 'x')
    await near.write(Buffer.from('a'))
    await near.write(large)
    near.end()
    expect(await told).toEqual([Buffer.from('a'), large])
    const answers = [Buffer.from('\x02one'), Buffer.alloc(32 * 1024 + 1, 3), Buffer.from('\x03two')]
    for (const answer of answers) await new Promise<void>((sent) => far.write(answer, 0, answer.length, () => sent()))
    far.end()
    await closed
    expect(heard).toEqual(answers)
  })

  test('more comes than is read, and nobody waits for the other', async () => {
    const answers = join(folder, 'slow')
    const child = spawn('perl', ['-MSocket', '-e', SLOW_READER, answers], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    const { promise, resolve } = Promise.withResolvers<void>()
    const packets: Buffer[] = []
    const near = await connect(answers, { packet: (packet) => void packets.push(Buffer.from(packet)), closed: resolve }, LARGEST)
    for (let count = 0; count < 200; count++) await near?.write(Buffer.alloc(8192, 'i'))
    near?.end()
    await promise
    expect(packets).toHaveLength(201)
    expect(packets.at(-1)?.toString()).toBe(String(200 * 8192))
  })

  test('closed by us, it is closed for both', async () => {
    const { near, far } = await open()
    const told = packetsOf(far)
    near.destroy()
    expect(await told).toEqual([])
    await closed
    await near.write(Buffer.from('late'))
  })

  test('where nobody listens it says so', async () => {
    const nobody = connect(join(folder, 'nobody'), { packet() {}, closed() {} }, LARGEST)
    await expect(nobody).rejects.toThrow(/no such file or directory|ENOENT|connect/i)
  })
})

test('a program that is killed is an end like any other', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  await connectRelayed(path, { packet() {}, closed: resolve })
  execFileSync('pkill', ['-KILL', '-f', `^luajit - ${path}$`])
  await closed
})
