import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { expect, it, vi } from 'vitest'
import { OuterHostError } from './outer-host.ts'
import { type BoundWish, PortReservations } from './port-reservations.ts'

/** Nobody's but ours. */
const HOST = '127.77.0.1'
const binding = { hostIp: HOST, target: '10.0.0.2', isRouted: false, isTrusting: false }
const wishFor = (hostPort: number): BoundWish => ({ containerPort: 80, protocol: 'tcp', hostPort, lastHostPort: hostPort, bindings: [binding] })
const published = (hostPort: number) => ({ containerPort: 80, protocol: 'tcp' as const, hostIp: HOST, hostPort, target: '10.0.0.2' })
const portOf = (server: Server) => (server.address() as AddressInfo).port

/** Somebody else on this machine. */
async function stranger(port = 0): Promise<Server> {
  const server = createServer().listen(port, HOST)
  await once(server, 'listening')
  return server
}

async function gone(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}

it('a port that somebody else took while the daemon was away is no other container’s, and the others are taken again', async () => {
  const [lost, free] = [await stranger(), await stranger()]
  const [lostPort, freePort] = [portOf(lost), portOf(free)]
  await gone(free)
  const reservations = new PortReservations()
  await expect(reservations.reserve('first', [wishFor(lostPort)])).rejects.toThrow('address already in use')
  const onLost = vi.fn()
  await reservations.resume('first', [published(freePort), published(lostPort)], onLost)
  expect(onLost.mock.calls.map(([{ hostPort }]) => hostPort)).toEqual([lostPort])
  await expect(stranger(freePort)).rejects.toThrow('EADDRINUSE')
  await gone(lost)
  await expect(reservations.reserve('second', [wishFor(lostPort)])).rejects.toThrow('port is already allocated')
  await reservations.release('first')
  expect(await reservations.reserve('second', [wishFor(lostPort)])).toHaveLength(1)
  await reservations.releaseAll()
})

it('what cannot be had is asked for once', async () => {
  const hold = vi.fn(async () => {
    throw Object.assign(new Error(), { code: 'EADDRNOTAVAIL' })
  })
  const reservations = new PortReservations({ hold })
  await expect(reservations.reserve('first', [wishFor(0)])).rejects.toThrow('cannot assign requested address')
  expect(hold).toHaveBeenCalledOnce()
})

it('a port that is not for everybody is refused with what to do about it', async () => {
  const hold = async () => {
    throw new OuterHostError('EACCES', 'ask root')
  }
  await expect(new PortReservations({ hold }).reserve('first', [wishFor(80)])).rejects.toThrow(`${HOST}:80:10.0.0.2:80/tcp: permission denied: ask root`)
})

it('a port that the computer keeps for itself, as Windows does, is not the only one', async () => {
  const hold = vi.fn(async () => {
    if (hold.mock.calls.length === 1) throw Object.assign(new Error(), { code: 'EACCES' })
    return async () => undefined
  })
  const reservations = new PortReservations({ hold })
  expect(await reservations.reserve('first', [wishFor(0)])).toHaveLength(1)
  expect(hold).toHaveBeenCalledTimes(2)
  await reservations.releaseAll()
})
