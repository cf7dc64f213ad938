import type { Machine } from '../driver.ts'
import { PortError, type PortRequest } from './port-request.ts'

type Release = () => Promise<void>

/** The ports of this computer that containers in one machine have published. */
export class HostPorts {
  readonly #machine: Machine
  /** Also those that are being taken: who gives them back waits until they are. */
  readonly #held = new Map<string, Promise<Release>>()

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Takes a port. @throws Error with the code of the bind that failed; PortError for what cannot be forwarded */
  async hold(request: PortRequest): Promise<void> {
    const key = keyOf(request)
    if (this.#held.has(key)) throw new PortError('EADDRINUSE')
    const taking = this.#take(request)
    this.#held.set(key, taking)
    try {
      await taking
    } catch (error) {
      if (this.#held.get(key) === taking) this.#held.delete(key)
      throw error
    }
  }

  /** Idempotent. */
  async release(request: PortRequest): Promise<void> {
    const key = keyOf(request)
    const taking = this.#held.get(key)
    this.#held.delete(key)
    await giveBack(taking)
  }

  async releaseAll(): Promise<void> {
    const all = [...this.#held.values()]
    this.#held.clear()
    await Promise.all(all.map(giveBack))
  }

  async #take({ protocol, hostIp, hostPort, innerPort }: PortRequest): Promise<Release> {
    if (protocol === 'sctp') throw new PortError('EPROTONOSUPPORT')
    return this.#machine.openPort({ protocol, hostIp, hostPort, guestPort: innerPort })
  }
}

async function giveBack(taking: Promise<Release> | undefined): Promise<void> {
  const release = await taking?.catch(() => undefined) // It was never had; who asked for it was told.
  await release?.()
}

function keyOf({ protocol, hostIp, hostPort }: PortRequest): string {
  return `${protocol} ${hostIp} ${hostPort}`
}
