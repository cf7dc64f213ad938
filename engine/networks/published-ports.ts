import { messageOf } from '../errors.ts'
import { applyRuleset } from '../linux/nft.ts'
import type { Log } from '../log.ts'
import { PortReservations } from './port-reservations.ts'
import { type PublishedPort, portWishes } from './ports.ts'
import { type BridgeRules, elementsText, type Publication, rulesetText } from './ruleset.ts'
import type { SandboxRecord, SandboxRequest } from './sandbox.ts'

/** The ports that containers publish: taken from the host first, then led to the container by the kernel. */
export class PublishedPorts {
  readonly #log: Log
  /** For ports that name no host address; empty stands for 0.0.0.0 and [::] together. */
  readonly #defaultHostIp: string
  readonly #reservations = new PortReservations()

  constructor(log: Log, defaultHostIp: string) {
    this.#log = log
    this.#defaultHostIp = defaultHostIp === '0.0.0.0' ? '' : defaultHostIp
  }

  /**
   * Takes what a container asks for from the host.
   * @param address the container's
   * @throws EngineError `system` with docker's words for the port that could not be had; then none is taken
   */
  reserve({ containerId, portBindings, exposedPorts, publishAll }: SandboxRequest, address: string): Promise<PublishedPort[]> {
    const wishes = portWishes(portBindings, exposedPorts, publishAll).map((wish) => ({ ...wish, hostIp: wish.hostIp || this.#defaultHostIp }))
    return this.#reservations.reserve(containerId, wishes, address)
  }

  /** Takes again what a container had before the daemon went: nobody could use it while the kernel led it elsewhere. */
  async resume(containerId: string, { published, endpoint }: SandboxRecord): Promise<void> {
    const wishes = published.map((port) => ({ ...port, lastHostPort: port.hostPort }))
    await this.#reservations.reserve(containerId, wishes, endpoint.ipAddress).catch((error: unknown) => {
      this.#log.warn('a published port could not be taken again', { container: containerId, error: messageOf(error) })
    })
  }

  /** Has the kernel lead the ports to the container. */
  async open(rules: BridgeRules, record: SandboxRecord): Promise<void> {
    const text = elementsText('add', rules.table, publicationsOf(record))
    if (text !== '') await applyRuleset(text)
  }

  /** Gives everything back that a container had. Idempotent. */
  async close(containerId: string, rules: BridgeRules, record: SandboxRecord | undefined): Promise<void> {
    await Promise.all([this.#reservations.release(containerId), record && this.#closeInKernel(containerId, rules, record)])
  }

  /** Replaces all rules of the daemon by those for these containers. */
  async rebuild(rules: BridgeRules, records: readonly SandboxRecord[]): Promise<void> {
    await applyRuleset(rulesetText(rules, records.flatMap(publicationsOf)))
  }

  /** The daemon goes: the kernel leads the ports on. */
  releaseAll(): Promise<void> {
    return this.#reservations.releaseAll()
  }

  async #closeInKernel(containerId: string, rules: BridgeRules, record: SandboxRecord): Promise<void> {
    const text = elementsText('delete', rules.table, publicationsOf(record))
    if (text === '') return
    // A start that failed half-way has no elements to take back.
    await applyRuleset(text).catch((error: unknown) =>
      this.#log.debug('published ports were not in the map', { container: containerId, error: messageOf(error) }),
    )
  }
}

function publicationsOf(record: SandboxRecord): Publication[] {
  return record.published.map((port) => ({ port, target: record.endpoint.ipAddress }))
}
