import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { EngineError, hasCode } from '../errors.ts'
import type { PortWish, PublishedPort } from './ports.ts'

/** Where random host ports come from; not given out again at once. @see ip(7) ip_local_port_range */
const FIRST_RANDOM = 32768
const LAST_RANDOM = 60999

interface Reservation {
  readonly port: PublishedPort
  readonly release: () => Promise<void>
}

/**
 * Host ports that containers hold. A reservation is a real socket, taken before the container starts, so that a port
 * that somebody else has fails the start, and nobody else can take it while the container runs. The socket also serves
 * what the kernel's address translation does not catch: connections to [::1].
 */
export class PortReservations {
  readonly #byContainer = new Map<string, Reservation[]>()
  readonly #taken = new Map<string, string>()
  #nextRandom = FIRST_RANDOM

  /**
   * Takes every port or none.
   * @param target the container's address, for connections that come through the socket
   * @throws EngineError `system` with docker's words for the port that could not be had
   */
  async reserve(containerId: string, wishes: readonly PortWish[], target: string): Promise<PublishedPort[]> {
    const reservations: Reservation[] = []
    this.#byContainer.set(containerId, reservations)
    try {
      for (const wish of wishes) reservations.push(...(await this.#reserveOne(containerId, wish, target)))
    } catch (error) {
      await this.release(containerId)
      throw error
    }
    return reservations.map(({ port }) => port)
  }

  async release(containerId: string): Promise<void> {
    const reservations = this.#byContainer.get(containerId) ?? []
    this.#byContainer.delete(containerId)
    for (const { port } of reservations) this.#taken.delete(keyOf(port))
    await Promise.all(reservations.map(({ release }) => release()))
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#byContainer.keys()].map((id) => this.release(id)))
  }

  /** The bindings of one wish: for no host address, the same port on 0.0.0.0 and on [::]. */
  async #reserveOne(containerId: string, wish: PortWish, target: string): Promise<Reservation[]> {
    const candidates = wish.hostPort === 0 ? this.#randomPorts() : range(wish.hostPort, wish.lastHostPort)
    const addresses = wish.hostIp === '' ? ['0.0.0.0', '::'] : [wish.hostIp]
    let failure: unknown
    for (const hostPort of candidates) {
      try {
        return await this.#reserveAll(
          containerId,
          addresses.map((hostIp) => ({ ...wish, hostIp, hostPort })),
          target,
        )
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async #reserveAll(containerId: string, ports: readonly PublishedPort[], target: string): Promise<Reservation[]> {
    const reservations: Reservation[] = []
    try {
      for (const { containerPort, protocol, hostIp, hostPort } of ports) {
        const port = { containerPort, protocol, hostIp, hostPort }
        const reservation = await this.#open(containerId, port, target)
        if (reservation) reservations.push(reservation)
      }
      return reservations
    } catch (error) {
      for (const { port } of reservations) this.#taken.delete(keyOf(port))
      await Promise.all(reservations.map(({ release }) => release()))
      throw error
    }
  }

  async #open(containerId: string, port: PublishedPort, target: string): Promise<Reservation | undefined> {
    const key = keyOf(port)
    const everyAddress = port.hostIp.includes(':') ? '::' : '0.0.0.0'
    if (this.#taken.has(key) || this.#taken.has(keyOf({ ...port, hostIp: everyAddress }))) {
      throw new EngineError('system', `Bind for ${port.hostIp}:${port.hostPort} failed: port is already allocated`)
    }
    try {
      const release = port.protocol === 'sctp' ? async () => undefined : await (port.protocol === 'udp' ? bindUdp(port) : bindTcp(port, target))
      this.#taken.set(key, containerId)
      return { port, release }
    } catch (error) {
      // A machine without IPv6 publishes on IPv4 alone.
      if (port.hostIp === '::' && hasCode(error, 'EAFNOSUPPORT', 'EADDRNOTAVAIL')) return undefined
      const reason = hasCode(error, 'EADDRINUSE')
        ? 'address already in use'
        : hasCode(error, 'EACCES')
          ? 'permission denied'
          : hasCode(error, 'EADDRNOTAVAIL')
            ? 'cannot assign requested address'
            : String(error)
      const host = port.hostIp.includes(':') ? `[${port.hostIp}]` : port.hostIp
      throw new EngineError('system', `failed to bind host port for ${host}:${port.hostPort}:${target}:${port.containerPort}/${port.protocol}: ${reason}`, {
        cause: error,
      })
    }
  }

  *#randomPorts(): Generator<number> {
    for (let tries = 0; tries <= LAST_RANDOM - FIRST_RANDOM; tries++) {
      const port = this.#nextRandom
      this.#nextRandom = port === LAST_RANDOM ? FIRST_RANDOM : port + 1
      yield port
    }
  }
}

function keyOf({ protocol, hostIp, hostPort }: Pick<PublishedPort, 'protocol' | 'hostIp' | 'hostPort'>): string {
  return `${protocol} ${hostIp} ${hostPort}`
}

function* range(first: number, last: number): Generator<number> {
  for (let port = first; port <= last; port++) yield port
}

async function bindTcp({ hostIp, hostPort, containerPort }: PublishedPort, target: string): Promise<() => Promise<void>> {
  const open = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (client) =>
    relay(client, connect({ host: target, port: containerPort, allowHalfOpen: true }), open),
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

async function bindUdp({ hostIp, hostPort }: PublishedPort): Promise<() => Promise<void>> {
  const socket: UdpSocket = createSocket({ type: hostIp.includes(':') ? 'udp6' : 'udp4', ipv6Only: true })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.bind({ address: hostIp, port: hostPort, exclusive: true }, resolve)
  await promise
  return () => new Promise((done) => socket.close(() => done()))
}
