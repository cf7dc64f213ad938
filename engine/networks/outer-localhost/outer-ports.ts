import { messageOf } from '../../errors.ts'
import { Lock } from '../../lock.ts'
import type { Log } from '../../log.ts'
import type { OuterHost } from '../outer-host.ts'

type Release = () => Promise<void>

/** Somebody may have given a port of the outer host back meanwhile. */
const ASK_AGAIN_MS = 10_000

/** Ports of the outer host's 127.0.0.1 that lead to the same ports here. */
export class OuterPorts {
  readonly #outer: Pick<OuterHost, 'hold'>
  readonly #log: Log
  readonly #now: () => number
  readonly #turns = new Lock()
  #wanted: readonly number[] = []
  readonly #held = new Map<number, Release>()
  /** When each was asked for in vain. */
  readonly #refused = new Map<number, number>()

  /** @param now milliseconds of a steady clock */
  constructor(outer: Pick<OuterHost, 'hold'>, log: Log, now: () => number = () => performance.now()) {
    this.#outer = outer
    this.#log = log
    this.#now = now
  }

  /** Makes these the ports that are held, and no others. One that cannot be had is told once, and asked for again. Never rejects. */
  want(ports: readonly number[]): Promise<void> {
    this.#wanted = ports
    return this.#turns.run(() => this.#settle(this.#wanted))
  }

  async #settle(ports: readonly number[]): Promise<void> {
    for (const [port, release] of this.#held) {
      if (ports.includes(port)) continue
      this.#held.delete(port)
      await release()
    }
    for (const port of this.#refused.keys()) if (!ports.includes(port)) this.#refused.delete(port)
    for (const port of ports) if (!this.#held.has(port)) await this.#ask(port)
  }

  async #ask(port: number): Promise<void> {
    const refusedAt = this.#refused.get(port)
    if (refusedAt !== undefined && this.#now() - refusedAt < ASK_AGAIN_MS) return
    try {
      this.#held.set(port, await this.#outer.hold({ protocol: 'tcp', hostIp: '127.0.0.1', hostPort: port, innerPort: port }))
      this.#refused.delete(port)
    } catch (error) {
      if (refusedAt === undefined)
        this.#log.warn('what a container in the network of the host listens on is not to be had on the computer', { port, error: messageOf(error) })
      this.#refused.set(port, this.#now())
    }
  }
}
