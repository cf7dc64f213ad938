import { EventEmitter } from 'node:events'
import type { HostChoice, HostMachine, HostMachineChange, HostReset, HostStatus, HostUsage } from '../ipc/contract.ts'
import type { EngineHost } from './engine-host.ts'

/** Where this window can look for an engine. */
export interface Hosts {
  readonly native: EngineHost
  /** What else there is; not where a person named the socket of an engine. */
  readonly others?: {
    readonly vm: EngineHost
    /** A new one for a context of the docker command. */
    readonly inContext: (name: string) => EngineHost
  }
}

/** One host of several, as if it were the only one. The others are left as they are: nothing is stopped by looking elsewhere. */
export class ChosenHost implements EngineHost {
  readonly #hosts: Hosts
  readonly #keep: (choice: HostChoice) => void
  readonly #lockedBy: string | undefined
  readonly #changes = new EventEmitter<{ changed: [HostStatus] }>()
  readonly #watched = new Set<EngineHost>()
  #current: EngineHost

  /** @param keep remembers what a person chose @param lockedBy the file in which an administrator has chosen for all */
  constructor(hosts: Hosts, choice: HostChoice, keep: (choice: HostChoice) => void, lockedBy?: string) {
    this.#hosts = hosts
    this.#keep = keep
    this.#lockedBy = lockedBy
    this.#current = this.#hostOf(choice) ?? hosts.native
  }

  get socketPath(): string {
    return this.#current.socketPath
  }

  get apiVersion(): string | undefined {
    return this.#current.apiVersion
  }

  get status(): HostStatus {
    const hasOthers = this.#hosts.others !== undefined
    const choiceLockedBy = this.#lockedBy
    return {
      ...this.#current.status,
      canChoose: hasOthers && choiceLockedBy === undefined,
      ...(hasOthers && choiceLockedBy !== undefined && { choiceLockedBy }),
    }
  }

  watch(): void {
    const host = this.#current
    if (this.#watched.has(host)) return
    this.#watched.add(host)
    host.onChange(() => {
      if (host === this.#current) this.#changes.emit('changed', this.status)
    })
    host.watch()
  }

  async start(): Promise<HostStatus> {
    await this.#current.start()
    return this.status
  }

  async stop(): Promise<HostStatus> {
    await this.#current.stop()
    return this.status
  }

  usage(): Promise<HostUsage> {
    return this.#current.usage()
  }

  async reset(reset: HostReset): Promise<HostStatus> {
    await this.#current.reset(reset)
    return this.status
  }

  machine(): Promise<HostMachine> {
    return this.#current.machine()
  }

  async changeMachine(change: HostMachineChange): Promise<HostStatus> {
    await this.#current.changeMachine(change)
    return this.status
  }

  async compact(): Promise<HostStatus> {
    await this.#current.compact()
    return this.status
  }

  async dismissWork(id: number): Promise<HostStatus> {
    await this.#current.dismissWork(id)
    return this.status
  }

  /** Also one that nobody looks at. */
  async awake(): Promise<void> {
    await Promise.all([this.#hosts.native.awake(), this.#hosts.others?.vm.awake()])
  }

  /** Looks elsewhere from now on, and says so. @throws Error for a kind that this window does not have, or may not have */
  choose(choice: HostChoice): HostStatus {
    const host = this.#hostOf(choice)
    if (!host) throw new Error('This window was opened for one engine. ./engineroom desktop opens one that can show others.')
    if (this.#lockedBy !== undefined && host !== this.#current)
      throw new Error(`Where the engine runs is set by the administrator of this computer, in ${this.#lockedBy}.`)
    this.#keep(choice)
    this.#leave()
    this.#current = host
    this.watch()
    this.#changes.emit('changed', this.status)
    return this.status
  }

  /** What is ours is followed on. To the engine of a context nothing is kept open that nobody looks at. */
  #leave(): void {
    if (this.#current.status.kind !== 'context') return
    this.#watched.delete(this.#current)
    this.#current.close()
  }

  #hostOf(choice: HostChoice): EngineHost | undefined {
    const { native, others } = this.#hosts
    if (choice.kind === 'context') return others?.inContext(choice.name)
    return choice.kind === 'vm' ? others?.vm : native
  }

  onChange(listener: (status: HostStatus) => void): () => void {
    this.#changes.on('changed', listener)
    return () => void this.#changes.off('changed', listener)
  }

  close(): void {
    for (const host of this.#watched) host.close()
    this.#changes.removeAllListeners()
  }
}
