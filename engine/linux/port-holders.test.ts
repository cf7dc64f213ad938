import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { parseListener, portHolders } from './port-holders.ts'
import { endToolShells } from './run.ts'

it.each([
  ['LISTEN 0      128      0.0.0.0:2024  0.0.0.0:*', [{ address: '0.0.0.0' }]],
  [
    'LISTEN 0 511 [::]:80 [::]:* users:(("nginx",pid=7,fd=6),("nginx",pid=8,fd=6),("nginx",pid=7,fd=9))',
    [
      { address: '[::]', pid: 7, program: 'nginx' },
      { address: '[::]', pid: 8, program: 'nginx' },
    ],
  ],
  ['UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:* users:(("a (b) \\"c\\"",pid=9,fd=1))', [{ address: '127.0.0.53%lo', pid: 9, program: 'a (b) \\"c\\"' }]],
  ['', []],
])('%s', (line, holders) => expect(parseListener(line)).toEqual(holders))

it('finds a process that listens, and nobody where nobody does', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const [holder] = await portHolders(port, 'tcp')
  expect(holder).toMatchObject({ address: '127.0.0.1', pid: process.pid })
  expect(holder?.command).toContain('node')
  expect(await portHolders(port, 'sctp')).toEqual([])
  server.close()
  await once(server, 'close')
  expect(await portHolders(port, 'tcp')).toEqual([])
  await endToolShells()
})
