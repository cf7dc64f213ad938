import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { until } from '../../tests/harness/until.ts'
import { listeningSockets, parseListening, socketsOf } from './listening-sockets.ts'

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const line = (address: string, state: string, inode: number) =>
  `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`

test.each([
  ['00000000:1F90', { port: 8080, reach: 'all' }],
  ['0100007F:0016', { port: 22, reach: 'loopback' }],
  ['0B00007F:0035', { port: 53, reach: 'other' }],
  ['0F02000A:0050', { port: 80, reach: 'other' }],
  ['00000000000000000000000000000000:0050', { port: 80, reach: 'all' }],
  ['0000000000000000FFFF000000000000:0050', { port: 80, reach: 'all' }],
  ['0000000000000000FFFF00000100007F:0050', { port: 80, reach: 'loopback' }],
  ['00000000000000000000000001000000:0050', { port: 80, reach: 'other' }],
])('%s', (address, expected) => {
  const text = HEAD + line('0100007F:1111', '01', 1) + line(address, '0A', 2)
  expect(parseListening(text)).toEqual([{ ...expected, inode: '2' }])
})

test('a socket is found with whose it is, until it is closed', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const mine = async () => (await listeningSockets()).find((one) => one.port === port && one.reach === 'loopback')
  expect((await socketsOf([process.pid])).has((await mine())?.inode ?? '')).toBe(true)
  expect((await socketsOf([])).size).toBe(0)
  server.close()
  await until('it to be closed', async () => (await mine()) === undefined)
})
