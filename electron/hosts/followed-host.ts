import type { HostMachine, HostMachineChange, HostReset, HostStatus, HostUsage } from '../ipc/contract.ts'
import type { EngineHost } from './engine-host.ts'
import { HostState } from './host-state.ts'

const NO_MACHINE = 'This engine is not in a virtual machine.'

/** What hosts have in common: one start at a time, a state that is followed, and its end. */
export abstract class FollowedHost implements EngineHost {
  protected readonly state: HostState
  readonly #ending = new AbortController()
  #starting: Promise<HostStatus> | undefined

  protected constructor(first: HostStatus) {
    this.state = new HostState(first)
  }

  get socketPath(): string {
    return this.status.socketPath
  }

  get apiVersion(): string | undefined {
    return undefined
  }

  get status(): HostStatus {
    return this.state.now
  }

  protected get isStarting(): boolean {
    return this.#starting !== undefined
  }

  watch(): void {
    void this.follow(this.#ending.signal)
  }

  start(): Promise<HostStatus> {
    if (this.status.state === 'running') return Promise.resolve(this.status)
    return this.alone(() => this.launch())
  }

  /** One start at a time: who asks for another waits for that one. */
  protected alone(work: () => Promise<HostStatus>): Promise<HostStatus> {
    this.#starting ??= work().finally(() => (this.#starting = undefined))
    return this.#starting
  }

  async awake(): Promise<void> {
    // Its clock is this computer's.
  }

  async usage(): Promise<HostUsage> {
    throw new Error(NO_MACHINE)
  }

  async reset(_: HostReset): Promise<HostStatus> {
    throw new Error(NO_MACHINE)
  }

  async machine(): Promise<HostMachine> {
    throw new Error(NO_MACHINE)
  }

  async changeMachine(_: HostMachineChange): Promise<HostStatus> {
    throw new Error(NO_MACHINE)
  }

  async compact(): Promise<HostStatus> {
    throw new Error(NO_MACHINE)
  }

  async dismissWork(_: number): Promise<HostStatus> {
    return this.status
  }

  abstract stop(): Promise<HostStatus>

  onChange(listener: (status: HostStatus) => void): () => void {
    return this.state.onChange(listener)
  }

  close(): void {
    this.#ending.abort()
    this.state.close()
  }

  /** Keeps the state true until the signal. Never rejects. */
  protected abstract follow(signal: AbortSignal): Promise<void>

  /** Starts the engine, however long that takes. @returns how it is then */
  protected abstract launch(): Promise<HostStatus>
}
