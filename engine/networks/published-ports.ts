import { messageOf } from '../errors.ts'
import { applyRuleset } from '../linux/nft.ts'
import type { Log } from '../log.ts'
import type { OuterHost } from './outer-host.ts'
import { PortReservations } from './port-reservations.ts'
import { elementsText } from './port-rules.ts'
import { bindingsOf, haveSameShape, type PortTargets, targetAddress } from './port-targets.ts'
import { type PublishedPort, portWishes } from './ports.ts'
import type { SandboxRequest } from './sandbox.ts'

/** The ports that containers publish: taken from the host first, then led to the container's address by the kernel. */
export class PublishedPorts {
  readonly #log: Log
  readonly #table: string
  readonly #reservations: PortReservations
  /** What the ports of each container were reserved for, where that is known. */
  readonly #targets = new Map<string, PortTargets>()

  /**
   * @param table of nftables, with the maps of ports
   * @param outer in a virtual machine: where ports are published
   */
  constructor(log: Log, table: string, outer?: OuterHost) {
    this.#log = log
    this.#table = table
    this.#reservations = new PortReservations(outer)
  }

  /**
   * Takes what a container asks for from the host.
   * @throws EngineError `system` with docker's words for the port that could not be had; then none is taken
   */
  reserve({ containerId, portBindings, exposedPorts, publishAll }: SandboxRequest, targets: PortTargets): Promise<PublishedPort[]> {
    const wishes = portWishes(portBindings, exposedPorts, publishAll).map((wish) => ({ ...wish, bindings: bindingsOf(wish.hostIp, targets) }))
    this.#targets.set(containerId, targets)
    return this.#reservations.reserve(containerId, wishes)
  }

  /**
   * Takes again what a container had before the daemon went: nobody could use it while the kernel led it elsewhere.
   * @param targets what they were reserved for, if that is sure
   */
  async resume(containerId: string, published: readonly PublishedPort[], targets: PortTargets | undefined): Promise<void> {
    if (targets) this.#targets.set(containerId, targets)
    await this.#reservations.resume(containerId, published, ({ hostIp, hostPort }, error) =>
      this.#log.warn('a published port could not be taken again', { container: containerId, port: `${hostIp}:${hostPort}`, error: messageOf(error) }),
    )
  }

  /** Has the kernel lead the ports to the container. */
  async open(published: readonly PublishedPort[]): Promise<void> {
    const text = elementsText('add', this.#table, published)
    if (text !== '') await applyRuleset(text)
  }

  /** Whether the ports that a container has are right for these targets, but for their address. */
  canMove(containerId: string, targets: PortTargets): boolean {
    const before = this.#targets.get(containerId)
    return before !== undefined && haveSameShape(before, targets)
  }

  /** Leads the ports of a container to others of its addresses, at once. Only if they {@link canMove}. @returns them, as they are then */
  async move(containerId: string, published: readonly PublishedPort[], targets: PortTargets): Promise<PublishedPort[]> {
    this.#reservations.retarget(containerId, (hostIp) => targetAddress(hostIp, targets))
    const moved = retargeted(published, targets)
    const text = `${elementsText('delete', this.#table, published)}${elementsText('add', this.#table, moved)}`
    if (text !== '') await applyRuleset(text)
    return moved
  }

  /** Gives everything back that a container had: to the host last, or the next who takes a port would find it in the map. Idempotent. */
  async close(containerId: string, published: readonly PublishedPort[]): Promise<void> {
    await this.#closeInKernel(containerId, published)
    await this.#reservations.release(containerId)
    this.#targets.delete(containerId)
  }

  /** The daemon goes: the kernel leads the ports on. */
  releaseAll(): Promise<void> {
    return this.#reservations.releaseAll()
  }

  async #closeInKernel(containerId: string, published: readonly PublishedPort[]): Promise<void> {
    const text = elementsText('delete', this.#table, published)
    if (text === '') return
    // A start that failed half-way has no elements to take back.
    await applyRuleset(text).catch((error: unknown) =>
      this.#log.debug('published ports were not in the map', { container: containerId, error: messageOf(error) }),
    )
  }
}

/** The same ports, led to where the container is now. */
export function retargeted(published: readonly PublishedPort[], targets: PortTargets): PublishedPort[] {
  return published.map((port) => ({ ...port, target: targetAddress(port.hostIp, targets) }))
}
