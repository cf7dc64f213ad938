import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { expect, test, vi } from 'vitest'
import { listeningSockets } from '../../linux/listening-sockets.ts'
import { SocketOwners } from './socket-owners.ts'

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

test('what our processes listen on is ours; nobody is asked again for what was seen often enough', async () => {
  const { server, port } = await listen()
  const only = async () => (await listeningSockets()).filter((one) => one.port === port)
  const [sockets, owners, pids] = [await only(), new SocketOwners(), vi.fn(async (): Promise<number[]> => [])]
  expect(await owners.oursOf(sockets, pids)).toEqual([])
  pids.mockResolvedValueOnce([process.pid])
  expect(await owners.oursOf(sockets, pids)).toEqual(sockets)
  expect(await owners.oursOf(sockets, pids)).toEqual(sockets)
  expect(pids).toHaveBeenCalledTimes(2)
  expect(await owners.oursOf([], pids)).toEqual([])
  for (let look = 0; look < 5; look++) expect(await owners.oursOf(sockets, pids)).toEqual([])
  expect(pids).toHaveBeenCalledTimes(5)
  server.close()
})
