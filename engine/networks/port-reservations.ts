import { EngineError, hasCode } from '../errors.ts'
import { holdTcpPort, holdUdpPort, type RelayTarget } from './port-socket.ts'
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
  readonly #targets = new Map<string, RelayTarget>()
  readonly #taken = new Map<string, PublishedPort>()
  #nextRandom = FIRST_RANDOM

  /**
   * Takes every port or none.
   * @param address the container's, for connections that come through the socket
   * @throws EngineError `system` with docker's words for the port that could not be had
   */
  async reserve(containerId: string, wishes: readonly PortWish[], address: string): Promise<PublishedPort[]> {
    const reservations: Reservation[] = []
    const target = { address }
    this.#targets.set(containerId, target)
    this.#byContainer.set(containerId, reservations)
    try {
      for (const wish of wishes) reservations.push(...(await this.#reserveOne(wish, target)))
    } catch (error) {
      await this.release(containerId)
      throw error
    }
    return reservations.map(({ port }) => port)
  }

  /** New connections through the sockets go to another address of the container. */
  retarget(containerId: string, address: string): void {
    const target = this.#targets.get(containerId)
    if (target) target.address = address
  }

  async release(containerId: string): Promise<void> {
    this.#targets.delete(containerId)
    const reservations = this.#byContainer.get(containerId) ?? []
    this.#byContainer.delete(containerId)
    for (const { port } of reservations) this.#taken.delete(keyOf(port))
    await Promise.all(reservations.map(({ release }) => release()))
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#byContainer.keys()].map((id) => this.release(id)))
  }

  /** The bindings of one wish: for no host address, the same port on 0.0.0.0 and on [::]. */
  async #reserveOne(wish: PortWish, target: RelayTarget): Promise<Reservation[]> {
    const candidates = wish.hostPort === 0 ? this.#randomPorts() : range(wish.hostPort, wish.lastHostPort)
    const addresses = wish.hostIp === '' ? ['0.0.0.0', '::'] : [wish.hostIp]
    let failure: unknown
    for (const hostPort of candidates) {
      try {
        return await this.#reserveAll(
          addresses.map((hostIp) => ({ ...wish, hostIp, hostPort })),
          target,
        )
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async #reserveAll(ports: readonly PublishedPort[], target: RelayTarget): Promise<Reservation[]> {
    const reservations: Reservation[] = []
    try {
      for (const { containerPort, protocol, hostIp, hostPort } of ports) {
        const port = { containerPort, protocol, hostIp, hostPort }
        const reservation = await this.#open(port, target)
        if (reservation) reservations.push(reservation)
      }
      return reservations
    } catch (error) {
      for (const { port } of reservations) this.#taken.delete(keyOf(port))
      await Promise.all(reservations.map(({ release }) => release()))
      throw error
    }
  }

  async #open(port: PublishedPort, target: RelayTarget): Promise<Reservation | undefined> {
    const holder = this.#holderOf(port)
    if (holder) throw new EngineError('system', `Bind for ${holder.hostIp}:${holder.hostPort} failed: port is already allocated`)
    try {
      const release = port.protocol === 'sctp' ? async () => undefined : await (port.protocol === 'udp' ? holdUdpPort(port, target) : holdTcpPort(port, target))
      this.#taken.set(keyOf(port), port)
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
      throw new EngineError(
        'system',
        `failed to bind host port for ${host}:${port.hostPort}:${target.address}:${port.containerPort}/${port.protocol}: ${reason}`,
        {
          cause: error,
        },
      )
    }
  }

  /** The published port that is in the way of another: the same address, or one of the two is every address of the family. */
  #holderOf(port: PublishedPort): PublishedPort | undefined {
    const anyAddress = port.hostIp.includes(':') ? '::' : '0.0.0.0'
    const exact = this.#taken.get(keyOf(port)) ?? this.#taken.get(keyOf({ ...port, hostIp: anyAddress }))
    if (exact || port.hostIp !== anyAddress) return exact
    const isInTheWay = (one: PublishedPort) =>
      one.hostPort === port.hostPort && one.protocol === port.protocol && one.hostIp.includes(':') === port.hostIp.includes(':')
    return [...this.#taken.values()].find(isInTheWay)
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
