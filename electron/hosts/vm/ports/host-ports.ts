import type { Machine } from '../driver.ts'
import { freePort } from '../free-port.ts'
import { PortError, type PortRequest } from './port-request.ts'
import { relayTcp } from './tcp-relay.ts'

type Release = () => Promise<void>

/** The ports of this computer that containers in one machine have published. */
export class HostPorts {
  readonly #machine: Machine
  readonly #held = new Map<string, Release>()

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Takes a port. @throws Error with the code of the bind that failed; PortError for what cannot be forwarded */
  async hold(request: PortRequest): Promise<void> {
    const key = keyOf(request)
    if (this.#held.has(key)) throw new PortError('EADDRINUSE')
    this.#held.set(key, await this.#take(request))
  }

  /** Idempotent. */
  async release(request: PortRequest): Promise<void> {
    const key = keyOf(request)
    const release = this.#held.get(key)
    this.#held.delete(key)
    if (release) await release()
  }

  async releaseAll(): Promise<void> {
    const releases = [...this.#held.values()]
    this.#held.clear()
    await Promise.all(releases.map((release) => release()))
  }

  /** QEMU's user network listens on IPv4 alone; IPv6 comes in through a relay of ours. */
  async #take({ protocol, hostIp, hostPort, innerPort }: PortRequest): Promise<Release> {
    if (protocol === 'sctp') throw new PortError('EPROTONOSUPPORT')
    if (!hostIp.includes(':')) return this.#machine.openPort({ protocol, hostIp, hostPort, guestPort: innerPort })
    if (protocol === 'udp') throw new PortError('EAFNOSUPPORT')
    const inBetween = await freePort()
    const release = await relayTcp(hostIp, hostPort, inBetween)
    try {
      const releaseInBetween = await this.#machine.openPort({ protocol, hostIp: '127.0.0.1', hostPort: inBetween, guestPort: innerPort })
      return async () => void (await Promise.all([release(), releaseInBetween()]))
    } catch (error) {
      await release()
      throw error
    }
  }
}

function keyOf({ protocol, hostIp, hostPort }: PortRequest): string {
  return `${protocol} ${hostIp} ${hostPort}`
}
