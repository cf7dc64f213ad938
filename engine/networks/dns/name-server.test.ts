import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { encode } from 'dns-packet'
import { expect, it, vi } from 'vitest'
import { NameServer } from './name-server.ts'

it('an answer that comes when nobody is to be answered any more is not sent', async () => {
  const [udp, tcp] = [createSocket('udp4').bind(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')]
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')])
  const send = vi.spyOn(udp, 'send')
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const server = new NameServer(
    () => {
      resolve(server.close())
      return { scopes: [{ network: 'net', members: [{ names: ['web'], addresses: ['10.0.0.2'] }], localAliases: new Map() }], upstreams: [] }
    },
    { udp, tcp },
  )
  const client = createSocket('udp4')
  client.send(encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'web' }] }), udp.address().port, '127.0.0.1')
  await closed
  client.close()
  expect(send).not.toHaveBeenCalled()
})
