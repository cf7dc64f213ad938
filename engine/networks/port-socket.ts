import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { connect, createServer, type Socket } from 'node:net'
import type { PublishedPort } from './ports.ts'

/** How long a UDP client may be silent before its answers are no longer relayed; docker-proxy's figure. */
const UDP_IDLE_MS = 90_000

/** The container's address, which may become another one of its addresses. */
export interface RelayTarget {
  address: string
}

/**
 * Takes a TCP port of the host. Most connections never get here, as the kernel translates their addresses; relayed are those
 * in IPv6 that it leaves alone: to containers that have IPv4 only, to the host's loopback, and from link-local addresses.
 * @returns what gives the port back and breaks the relayed connections
 */
export async function holdTcpPort({ hostIp, hostPort, containerPort }: PublishedPort, target: RelayTarget): Promise<() => Promise<void>> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (client) =>
    relay(client, connect({ host: target.address, port: containerPort, allowHalfOpen: true }), open),
  )
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host: hostIp, port: hostPort, ipv6Only: hostIp.includes(':') }, resolve)
  await promise
  return () =>
    new Promise((done) => {
      for (const socket of open) socket.destroy()
      server.close(() => done())
    })
}

function relay(client: Socket, container: Socket, open: Set<Socket>): void {
  for (const [from, to] of [
    [client, container],
    [container, client],
  ] as const) {
    open.add(from)
    from.pipe(to)
    from.on('error', () => to.destroy()) // One side broke: the other cannot be served either.
    from.on('close', () => {
      open.delete(from)
      if (!from.readableEnded) to.destroy()
    })
  }
}

/** As {@link holdTcpPort}, for UDP: each client gets a socket of its own towards the container, for the way back. */
export async function holdUdpPort({ hostIp, hostPort, containerPort }: PublishedPort, target: RelayTarget): Promise<() => Promise<void>> {
  const isV6 = hostIp.includes(':')
  const socket = createSocket(isV6 ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.bind({ address: hostIp, port: hostPort, exclusive: true }, resolve)
  await promise
  const flows = new UdpFlows(socket, target, containerPort)
  socket.off('error', reject).on('error', () => {}) // A client that is gone: its datagrams are lost, as datagrams are.
  socket.on('message', (data, client) => flows.forward(data, client))
  return () => {
    flows.close()
    return new Promise((done) => socket.close(() => done()))
  }
}

class UdpFlows {
  readonly #socket: UdpSocket
  readonly #target: RelayTarget
  readonly #port: number
  readonly #flows = new Map<string, { readonly upstream: UdpSocket; readonly idle: NodeJS.Timeout }>()

  constructor(socket: UdpSocket, target: RelayTarget, port: number) {
    this.#socket = socket
    this.#target = target
    this.#port = port
  }

  forward(data: Buffer, client: RemoteInfo): void {
    const key = `${client.address} ${client.port}`
    const flow = this.#flows.get(key) ?? this.#open(key, client)
    flow.idle.refresh()
    flow.upstream.send(data, this.#port, this.#target.address)
  }

  close(): void {
    for (const { upstream, idle } of this.#flows.values()) {
      clearTimeout(idle)
      upstream.close()
    }
    this.#flows.clear()
  }

  #open(key: string, client: RemoteInfo) {
    const upstream = createSocket(this.#target.address.includes(':') ? 'udp6' : 'udp4')
    const idle = setTimeout(() => {
      this.#flows.delete(key)
      upstream.close()
    }, UDP_IDLE_MS).unref()
    upstream.on('message', (answer) => {
      idle.refresh()
      this.#socket.send(answer, client.port, client.address)
    })
    upstream.on('error', () => {}) // Nobody listens in the container: the client hears nothing, as without a relay.
    const flow = { upstream, idle }
    this.#flows.set(key, flow)
    return flow
  }
}
