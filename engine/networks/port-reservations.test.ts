import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { PortReservations } from './port-reservations.ts'

it('a port that somebody else took while the daemon was away is no other container’s', async () => {
  const stranger = createServer().listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  const { port: hostPort } = stranger.address() as AddressInfo
  const binding = { hostIp: '127.0.0.1', target: '10.0.0.2', isRouted: false }
  const wish = { containerPort: 80, protocol: 'tcp' as const, hostPort, lastHostPort: hostPort, bindings: [binding] }
  const reservations = new PortReservations()
  await expect(reservations.reserve('first', [wish])).rejects.toThrow('address already in use')
  reservations.claim('first', [{ containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPort, target: '10.0.0.2' }])
  stranger.close()
  await once(stranger, 'close')
  await expect(reservations.reserve('second', [wish])).rejects.toThrow('port is already allocated')
  await reservations.release('first')
  expect(await reservations.reserve('second', [wish])).toHaveLength(1)
  await reservations.releaseAll()
})
