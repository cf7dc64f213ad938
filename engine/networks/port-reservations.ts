import { EngineError, hasCode } from '../errors.ts'
import { type OuterHost, OuterHostError } from './outer-host.ts'
import { holdTcpPort, holdUdpPort, type RelayTarget } from './port-socket.ts'
import type { PortBindingTarget } from './port-targets.ts'
import type { PortWish, PublishedPort } from './ports.ts'

/** Where random host ports come from; not given out again at once. @see ip(7) ip_local_port_range */
const FIRST_RANDOM = 32768
const LAST_RANDOM = 60999

/** What the outer host leads its ports to: first what the kernel gives to nobody by itself. */
const FIRST_INNER = 61000
const LAST_INNER = 65535

/** A port that is to be published, and on which addresses of the host. */
export type BoundWish = Omit<PortWish, 'hostIp'> & { readonly bindings: readonly PortBindingTarget[] }

/** Somebody else has the port, or keeps it: another one may be free. */
class TakenError extends EngineError {}

interface Reservation {
  readonly port: PublishedPort
  readonly relay: RelayTarget
  readonly release: () => Promise<void>
}

/**
 * Host ports that containers hold. A reservation is a real socket, taken before the container starts, so that a port
 * that somebody else has fails the start, and nobody else can take it while the container runs. The socket also serves
 * what the kernel's address translation does not catch: connections to [::1], and those in IPv6 to containers that have
 * IPv4 only. A port that is open at the container's own address takes none.
 */
export class PortReservations {
  readonly #byContainer = new Map<string, Reservation[]>()
  readonly #taken = new Map<string, PublishedPort>()
  readonly #outer: Pick<OuterHost, 'hold'> | undefined
  #nextRandom = FIRST_RANDOM
  #nextInner = FIRST_INNER

  /** @param outer in a virtual machine: where ports are published, in place of this machine */
  constructor(outer?: Pick<OuterHost, 'hold'>) {
    this.#outer = outer
  }

  /**
   * Takes every port or none.
   * @throws EngineError `system` with docker's words for the port that could not be had
   */
  async reserve(containerId: string, wishes: readonly BoundWish[]): Promise<PublishedPort[]> {
    const reservations: Reservation[] = []
    this.#byContainer.set(containerId, reservations)
    try {
      for (const wish of wishes) reservations.push(...(await this.#reserveOne(wish)))
    } catch (error) {
      await this.release(containerId)
      throw error
    }
    return reservations.map(({ port }) => port)
  }

  /**
   * Takes again what a container has had all the time, as the kernel led it on while the daemon was away. A port on which somebody
   * else on this machine has a socket by now stays the container's, too: no other container may have it.
   * @param onLost told of each that could not be had
   */
  async resume(containerId: string, ports: readonly PublishedPort[], onLost: (port: PublishedPort, error: unknown) => void): Promise<void> {
    const reservations: Reservation[] = []
    this.#byContainer.set(containerId, reservations)
    for (const port of ports) reservations.push(...(await this.#takeAgain(port, onLost)))
  }

  /** New connections through the sockets go to other addresses of the container. @param addressFor a host address */
  retarget(containerId: string, addressFor: (hostIp: string) => string): void {
    for (const { port, relay } of this.#byContainer.get(containerId) ?? []) relay.address = addressFor(port.hostIp)
  }

  async release(containerId: string): Promise<void> {
    const reservations = this.#byContainer.get(containerId) ?? []
    this.#byContainer.delete(containerId)
    await this.#giveBack(reservations)
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#byContainer.keys()].map((id) => this.release(id)))
  }

  /** The bindings of one wish have the same port. */
  async #reserveOne({ containerPort, protocol, hostPort: first, lastHostPort, bindings }: BoundWish): Promise<Reservation[]> {
    const ports = (isRouted: boolean, hostPort: number) =>
      bindings
        .filter((one) => one.isRouted === isRouted)
        .map(({ hostIp, target, isTrusting }) => ({ containerPort, protocol, hostIp, hostPort, target, ...(isTrusting && { isTrusting }) }))
    const open = ports(true, 0).map(withoutSocket)
    if (open.length === bindings.length) return open
    const candidates = first === 0 ? this.#randomPorts() : range(first, lastHostPort)
    let failure: unknown
    for (const hostPort of candidates) {
      try {
        return [...open, ...(await this.#reserveAll(ports(false, hostPort)))]
      } catch (error) {
        if (!(error instanceof TakenError)) throw error
        failure = error
      }
    }
    throw failure
  }

  async #takeAgain(port: PublishedPort, onLost: (port: PublishedPort, error: unknown) => void): Promise<Reservation[]> {
    if (port.hostPort === 0) return [withoutSocket(port)]
    try {
      return await this.#reserveAll([port])
    } catch (error) {
      onLost(port, error)
      if (!this.#taken.has(keyOf(port))) this.#taken.set(keyOf(port), port)
      return [withoutSocket(port)]
    }
  }

  async #giveBack(reservations: readonly Reservation[]): Promise<void> {
    for (const { port } of reservations) if (this.#taken.get(keyOf(port)) === port) this.#taken.delete(keyOf(port))
    await Promise.all(reservations.map(({ release }) => release()))
  }

  async #reserveAll(ports: readonly PublishedPort[]): Promise<Reservation[]> {
    const reservations: Reservation[] = []
    try {
      for (const port of ports) {
        const reservation = await this.#open(port)
        if (reservation) reservations.push(reservation)
      }
      return reservations
    } catch (error) {
      await this.#giveBack(reservations)
      throw error
    }
  }

  async #open(port: PublishedPort): Promise<Reservation | undefined> {
    const holder = this.#holderOf(port)
    if (holder) throw new TakenError('system', `Bind for ${holder.hostIp}:${holder.hostPort} failed: port is already allocated`)
    try {
      const reservation = await (this.#outer ? this.#holdOutside(this.#outer, port) : holdHere(port))
      this.#taken.set(keyOf(port), reservation.port)
      return reservation
    } catch (error) {
      // A machine without IPv6 publishes on IPv4 alone.
      if (port.hostIp === '::' && hasCode(error, 'EAFNOSUPPORT', 'EADDRNOTAVAIL')) return undefined
      const reason = hasCode(error, 'EADDRINUSE')
        ? 'address already in use'
        : hasCode(error, 'EACCES')
          ? permissionDenied(error)
          : hasCode(error, 'EADDRNOTAVAIL')
            ? 'cannot assign requested address'
            : hasCode(error, 'EPROTONOSUPPORT')
              ? 'protocol not supported'
              : String(error)
      const [host, container] = [port.hostIp, port.target].map((address) => (address.includes(':') ? `[${address}]` : address))
      // Windows keeps ranges of ports for itself, and says EACCES there.
      const Failure = hasCode(error, 'EADDRINUSE', 'EACCES') ? TakenError : EngineError
      throw new Failure('system', `failed to bind host port for ${host}:${port.hostPort}:${container}:${port.containerPort}/${port.protocol}: ${reason}`, {
        cause: error,
      })
    }
  }

  /** First a port of this machine's, on every address; then the outer host's, which leads to it. */
  async #holdOutside(outer: Pick<OuterHost, 'hold'>, port: PublishedPort): Promise<Reservation> {
    const inner = port.innerPort === undefined ? await this.#holdAny(port) : await holdHere(innerOf(port, port.innerPort))
    const { protocol, hostIp, hostPort } = port
    const innerPort = inner.port.hostPort
    try {
      const releaseOuter = await outer.hold({ protocol, hostIp, hostPort, innerPort })
      return { ...inner, port: { ...port, innerPort }, release: async () => void (await Promise.all([releaseOuter(), inner.release()])) }
    } catch (error) {
      await inner.release()
      throw error
    }
  }

  async #holdAny(port: PublishedPort): Promise<Reservation> {
    let failure: unknown
    for (const innerPort of this.#innerPorts()) {
      try {
        return await holdHere(innerOf(port, innerPort))
      } catch (error) {
        failure = error
        if (!hasCode(error, 'EADDRINUSE')) break
      }
    }
    throw failure
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

  *#innerPorts(): Generator<number> {
    for (let tries = 0; tries <= LAST_INNER - FIRST_INNER; tries++) {
      const port = this.#nextInner
      this.#nextInner = port === LAST_INNER ? FIRST_INNER : port + 1
      yield port
    }
    yield* this.#randomPorts()
  }

  *#randomPorts(): Generator<number> {
    for (let tries = 0; tries <= LAST_RANDOM - FIRST_RANDOM; tries++) {
      const port = this.#nextRandom
      this.#nextRandom = port === LAST_RANDOM ? FIRST_RANDOM : port + 1
      yield port
    }
  }
}

/** Takes a port of this machine's. The kernel alone speaks SCTP. */
async function holdHere(port: PublishedPort): Promise<Reservation> {
  if (port.protocol === 'sctp') return withoutSocket(port)
  const relay = { address: port.target }
  return { port, relay, release: await (port.protocol === 'udp' ? holdUdpPort(port, relay) : holdTcpPort(port, relay)) }
}

/** With what to do about it, where the outer host knows. */
function permissionDenied(error: unknown): string {
  const remedy = error instanceof OuterHostError ? error.remedy : undefined
  return remedy === undefined ? 'permission denied' : `permission denied: ${remedy}`
}

function withoutSocket(port: PublishedPort): Reservation {
  return { port, relay: { address: port.target }, release: async () => undefined }
}

function innerOf(port: PublishedPort, innerPort: number): PublishedPort {
  return { ...port, hostIp: '0.0.0.0', hostPort: innerPort }
}

function keyOf({ protocol, hostIp, hostPort }: Pick<PublishedPort, 'protocol' | 'hostIp' | 'hostPort'>): string {
  return `${protocol} ${hostIp} ${hostPort}`
}

function* range(first: number, last: number): Generator<number> {
  for (let port = first; port <= last; port++) yield port
}
