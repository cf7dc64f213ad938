import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import { pidsOf } from '../../linux/cgroup-pids.ts'
import { hasCgroup } from '../../linux/cgroups.ts'
import { interfaceTowards, setSysctl } from '../../linux/links.ts'
import { type ListeningSocket, listeningSockets } from '../../linux/listening-sockets.ts'
import { applyRuleset, removeTable } from '../../linux/nft.ts'
import { Lock } from '../../lock.ts'
import type { Log } from '../../log.ts'
import type { OuterHost } from '../outer-host.ts'
import { localhostText } from './localhost-rules.ts'
import { OuterPorts } from './outer-ports.ts'
import { SocketOwners } from './socket-owners.ts'

interface Parts {
  readonly outerHost: Pick<OuterHost, 'hold'>
  /** Where this machine sees the outer host. */
  readonly outer: string
  /** Of nftables; ours alone. */
  readonly table: string
  readonly log: Log
}

/** A container in the network of this machine, that runs or is about to. */
export interface LocalhostContainer {
  readonly id: string
  /** `/engineroom/…`, of cgroup v2. */
  readonly cgroup: string
}

/** Between two looks at who listens. Nobody looks while there is no such container. */
const LOOK_AGAIN_MS = 500

/**
 * In a virtual machine, when a person wants it: a container in the machine's own network has the localhost of the computer
 * around it for its own. What nobody listens on here leads there, and what the container listens on is there, too.
 * Life: {@link takeOver} once, then {@link join} and {@link leave}; {@link stop} leaves the rules to those that run on.
 */
export class OuterLocalhost {
  readonly #parts: Parts
  readonly #ports: OuterPorts
  readonly #containers = new Map<string, LocalhostContainer>()
  readonly #owners = new SocketOwners()
  readonly #looks = new Lock()
  #watch: AbortController | undefined
  #applied: string | undefined
  #complaint: string | undefined
  /** The interface that leads to the outer host. */
  #device: string | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#ports = new OuterPorts(parts.outerHost, parts.log)
  }

  /** At start: these run. Rules that a crash has left for others go. Never rejects. */
  async takeOver(running: readonly LocalhostContainer[]): Promise<void> {
    for (const container of running) this.#containers.set(container.id, container)
    await this.#looks.run(() => this.#lookOrComplain())
    this.#follow()
  }

  /** Before its process begins. @throws Error when the kernel does not take the rules */
  async join(container: LocalhostContainer): Promise<void> {
    this.#containers.set(container.id, container)
    // The cgroup of another one, which has just ended, may go while the kernel is told of it.
    await this.#looks.run(() => this.#look().catch(() => this.#look()))
    this.#follow()
  }

  /** Idempotent. Never rejects: what could not be taken back is with the next look, or at the next start. */
  async leave(id: string): Promise<void> {
    if (!this.#containers.delete(id)) return
    this.#follow()
    await this.#looks.run(() => this.#lookOrComplain())
  }

  /** The daemon goes; what it held on the outer host goes with its channel. */
  async stop(): Promise<void> {
    this.#watch?.abort()
    await this.#looks.run(() => undefined)
  }

  /** Looks again and again as long as there is somebody to look for. */
  #follow(): void {
    if (this.#containers.size === 0) {
      this.#watch?.abort()
      this.#watch = undefined
    } else if (!this.#watch) {
      this.#watch = new AbortController()
      void this.#keepLooking(this.#watch.signal)
    }
  }

  async #keepLooking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined) // Aborted: the loop ends.
      await this.#looks.run(() => (signal.aborted ? undefined : this.#lookOrComplain()))
    }
  }

  /** What fails now may succeed at the next look; it is told once. */
  async #lookOrComplain(): Promise<void> {
    try {
      await (this.#containers.size > 0 ? this.#look() : this.#remove())
      this.#complaint = undefined
    } catch (error) {
      const complaint = messageOf(error)
      if (complaint !== this.#complaint) this.#parts.log.warn('localhost could not be joined with that of the computer', { error: complaint })
      this.#complaint = complaint
    }
  }

  async #look(): Promise<void> {
    const { outer, table } = this.#parts
    const sockets = (await listeningSockets()).filter(({ reach }) => reach !== 'other')
    const own = await this.#owners.oursOf(sockets, () => this.#pids())
    const state = {
      outer,
      device: await this.#deviceTowards(),
      // One that has just ended has none any more, and the kernel takes no rule for it.
      members: [...this.#containers.values()].filter(({ cgroup }) => hasCgroup(cgroup)).map(({ cgroup }) => memberOf(cgroup)),
      here: portsOf(sockets),
      inside: portsOf(own.filter(({ reach }) => reach === 'loopback')),
    }
    const text = localhostText(table, state)
    if (text !== this.#applied) {
      this.#applied = undefined
      await applyRuleset(text)
      // Not before there is a guard.
      await setSysctl(`net/ipv4/conf/${state.device}/route_localnet`, '1')
      this.#applied = text
    }
    // A computer that answers late holds nobody up here.
    void this.#ports.want(portsOf(own))
  }

  async #pids(): Promise<number[]> {
    return (await Promise.all([...this.#containers.values()].map(({ cgroup }) => pidsOf(cgroup)))).flat()
  }

  async #remove(): Promise<void> {
    this.#applied = undefined
    void this.#ports.want([])
    await setSysctl(`net/ipv4/conf/${await this.#deviceTowards()}/route_localnet`, '0')
    await removeTable('ip', this.#parts.table)
  }

  async #deviceTowards(): Promise<string> {
    this.#device ??= await interfaceTowards(this.#parts.outer)
    return this.#device
  }
}

function memberOf(cgroup: string) {
  const path = cgroup.replace(/^\/+/, '')
  return { cgroup: path, level: path.split('/').length }
}

function portsOf(sockets: readonly ListeningSocket[]): number[] {
  return [...new Set(sockets.map(({ port }) => port))].sort((a, b) => a - b)
}
