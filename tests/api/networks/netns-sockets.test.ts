import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSocketsIn } from '../../../engine/linux/netns-sockets.ts'
import { until } from '../../harness/until.ts'

const netns = `ersock${process.pid}`
/** At once: nothing else of this process runs meanwhile. */
const ip = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
  return stdout
}
/** Those that are open in the namespace: a socket is for as long as some process has it. */
const sockets = (protocol: 'tcp' | 'udp') => ip('netns', 'exec', netns, 'cat', `/proc/net/${protocol}`).trim().split('\n').slice(1)
const WHERE = { host: '127.0.0.11', port: 61053 }

beforeAll(() => {
  ip('netns', 'add', netns)
  ip('-n', netns, 'link', 'set', 'lo', 'up')
})
afterAll(() => {
  ip('netns', 'delete', netns)
})

test('sockets come out of a network namespace', async () => {
  const { udp, tcp } = await openSocketsIn(netns, WHERE, new AbortController().signal)
  expect([udp.address(), sockets('udp').length, sockets('tcp').length]).toEqual([{ address: WHERE.host, family: 'IPv4', port: WHERE.port }, 1, 1])
  udp.close()
  tcp.close()
  await until('them to be closed', () => sockets('udp').length + sockets('tcp').length === 0)
})

test('whoever gives up while they are handed over has none', async () => {
  const giveUp = new AbortController()
  const opening = openSocketsIn(netns, WHERE, giveUp.signal)
  // The child listens last of all: then what it hands over is on its way, and this process has not taken it yet.
  const deadline = Date.now() + 20_000
  while (sockets('tcp').length === 0) if (Date.now() > deadline) throw new Error('the child does not listen')
  giveUp.abort()
  await expect(opening).rejects.toThrow('aborted')
  await until('none to be open', () => sockets('udp').length + sockets('tcp').length === 0)
})
