import { messageOf } from '../errors.ts'
import { applyRuleset } from '../linux/nft.ts'
import type { Log } from '../log.ts'
import { PortReservations } from './port-reservations.ts'
import { type PublishedPort, portWishes } from './ports.ts'
import { elementsText } from './ruleset.ts'
import type { SandboxRequest } from './sandbox.ts'

/** The ports that containers publish: taken from the host first, then led to the container's address by the kernel. */
export class PublishedPorts {
  readonly #log: Log
  readonly #table: string
  readonly #reservations = new PortReservations()

  /** @param table of nftables, with the maps of ports */
  constructor(log: Log, table: string) {
    this.#log = log
    this.#table = table
  }

  /**
   * Takes what a container asks for from the host.
   * @param target the container's address
   * @param defaultHostIp for ports that name no host address; empty, or 0.0.0.0, stands for 0.0.0.0 and [::] together
   * @throws EngineError `system` with docker's words for the port that could not be had; then none is taken
   */
  reserve(
    { containerId, portBindings, exposedPorts, publishAll }: SandboxRequest,
    { target, defaultHostIp }: { target: string; defaultHostIp: string },
  ): Promise<PublishedPort[]> {
    const hostIp = defaultHostIp === '0.0.0.0' ? '' : defaultHostIp
    const wishes = portWishes(portBindings, exposedPorts, publishAll).map((wish) => ({ ...wish, hostIp: wish.hostIp || hostIp }))
    return this.#reservations.reserve(containerId, wishes, target)
  }

  /** Takes again what a container had before the daemon went: nobody could use it while the kernel led it elsewhere. */
  async resume(containerId: string, published: readonly PublishedPort[], target: string): Promise<void> {
    const wishes = published.map((port) => ({ ...port, lastHostPort: port.hostPort }))
    await this.#reservations.reserve(containerId, wishes, target).catch((error: unknown) => {
      this.#log.warn('a published port could not be taken again', { container: containerId, error: messageOf(error) })
    })
  }

  /** Has the kernel lead the ports to the container. */
  async open(published: readonly PublishedPort[], target: string): Promise<void> {
    const text = elementsText('add', this.#table, publicationsOf(published, target))
    if (text !== '') await applyRuleset(text)
  }

  /** Leads the ports of a container to another of its addresses, at once. */
  async move(containerId: string, published: readonly PublishedPort[], target: string): Promise<void> {
    this.#reservations.retarget(containerId, target)
    const publications = publicationsOf(published, target)
    const text = `${elementsText('delete', this.#table, publications)}${elementsText('add', this.#table, publications)}`
    if (text !== '') await applyRuleset(text)
  }

  /** Gives everything back that a container had: to the host last, or the next who takes a port would find it in the map. Idempotent. */
  async close(containerId: string, published: readonly PublishedPort[]): Promise<void> {
    await this.#closeInKernel(containerId, published)
    await this.#reservations.release(containerId)
  }

  /** The daemon goes: the kernel leads the ports on. */
  releaseAll(): Promise<void> {
    return this.#reservations.releaseAll()
  }

  async #closeInKernel(containerId: string, published: readonly PublishedPort[]): Promise<void> {
    const text = elementsText('delete', this.#table, publicationsOf(published, ''))
    if (text === '') return
    // A start that failed half-way has no elements to take back.
    await applyRuleset(text).catch((error: unknown) =>
      this.#log.debug('published ports were not in the map', { container: containerId, error: messageOf(error) }),
    )
  }
}

function publicationsOf(published: readonly PublishedPort[], target: string) {
  return published.map((port) => ({ port, target }))
}
