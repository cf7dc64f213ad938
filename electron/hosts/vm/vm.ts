import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import { PlainError } from '../plain-error.ts'
import type { BootedVm } from './boot/boot.ts'
import { BootError, BootProgress } from './boot/boot-progress.ts'
import type { Stage } from './boot/stages.ts'
import type { Machine } from './driver.ts'
import { shutDown } from './shut-down.ts'
import { attemptOf, type Failure, transition, type VmEvent, type VmState } from './vm-state.ts'

/** What is done about crashes. */
export interface Patience {
  /** Between a crash and the next attempt; then it stays down. */
  readonly waitsMs: readonly number[]
  /** A VM that has run this long begins with the first wait again. */
  readonly stableAfterMs: number
}

const PATIENCE: Patience = { waitsMs: [1_000, 5_000, 15_000], stableAfterMs: 10 * 60_000 }

const IS_TRIED_AGAIN = 'It is started again. If it happens often: engineroom vm logs'
const IS_GIVEN_UP = 'It happened too often to be tried again by itself. What it said last: engineroom vm logs. Try again with: engineroom vm start'

export interface VmParts {
  /** One boot, as the function of that name does it. */
  readonly boot: (progress: BootProgress, stop: AbortSignal) => Promise<BootedVm>
  /** What the console said last. */
  readonly lastLines: () => string[]
  /** Told after each change of {@link Vm.state} and {@link Vm.stages}. */
  readonly changed: () => void
}

/**
 * One VM over all its runs: it boots, comes back after a crash, and shuts down. Life: constructed (opens nothing) →
 * {@link start} → {@link stop}, any number of times.
 */
export class Vm {
  readonly #parts: VmParts
  readonly #patience: Patience
  #state: VmState = { status: 'stopped' }
  #progress: BootProgress
  #booted: BootedVm | undefined
  #stop = new AbortController()
  #life: Promise<void> = Promise.resolve()
  #suspending: Promise<void> | undefined
  #crashes = 0
  #hasRun = false

  constructor(parts: VmParts, patience: Patience = PATIENCE) {
    this.#parts = parts
    this.#patience = patience
    this.#progress = new BootProgress(parts.changed)
  }

  get state(): VmState {
    return this.#state
  }

  get stages(): readonly Stage[] {
    return this.#progress.stages
  }

  /** While it runs. */
  get machine(): Machine | undefined {
    return this.#booted?.machine
  }

  /** Has the running guest hear what the time is here. Never rejects. */
  async tellGuest(): Promise<void> {
    await this.#booted?.tellGuest()
  }

  /**
   * Keeps what the guest has in memory on the disk, and ends: then it is stopped, and goes on from there at the next start.
   * @throws Error when it does not run, or cannot be suspended; then it goes on
   */
  async suspend(): Promise<void> {
    const booted = this.#booted
    if (this.#state.status !== 'running' || !booted) throw new PlainError(`A VM that is ${this.#state.status} cannot be suspended.`)
    this.#apply({ type: 'suspend' })
    this.#suspending = booted.suspend()
    try {
      await this.#suspending
    } catch (error) {
      // Unless the machine has ended meanwhile, which is told as a crash.
      if (this.#booted === booted && this.state.status === 'suspending') this.#apply({ type: 'goesOn' })
      throw error
    } finally {
      this.#suspending = undefined
    }
    await this.#life
  }

  get crashes(): number {
    return this.#crashes
  }

  /** Begins to boot; how that goes is told by {@link state}. Idempotent while it starts or runs. */
  start(): void {
    if (this.#state.status !== 'stopped' && this.#state.status !== 'failed') return
    this.#stop = new AbortController()
    this.#apply({ type: 'start' })
    this.#life = this.#live(this.#stop.signal)
  }

  /** Shuts the guest down, as its power button does; pulls the plug when it takes too long. A boot is called off. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state.status === 'stopped' || this.#state.status === 'failed') return this.#life
    // Why it could not be suspended is told to whoever asked for that.
    if (await hasDone(this.#suspending)) return this.#life
    if (this.state.status === 'stopped' || this.state.status === 'failed') return this.#life
    if (this.state.status !== 'stopping') this.#apply({ type: 'stop' })
    const machine = this.#booted?.machine
    this.#stop.abort(new Error('The VM was told to stop.'))
    if (machine) await shutDown(machine)
    await this.#life
  }

  /** Boots and runs, again after each crash, until it is told to stop or has crashed too often. */
  async #live(stop: AbortSignal): Promise<void> {
    const { waitsMs, stableAfterMs } = this.#patience
    for (;;) {
      const startedAt = Date.now()
      const failure = await this.#runOnce(stop)
      if (stop.aborted || failure === undefined) return this.#apply({ type: 'off' })
      this.#crashes++
      const isStable = Date.now() - startedAt >= stableAfterMs
      // What never booted fails again: somebody is watching, and is told at once.
      const waitMs = this.#hasRun ? waitsMs[attemptOf(this.#state, isStable) - 1] : undefined
      const triesAgain = waitMs !== undefined
      const remedy = [...(this.#hasRun ? [triesAgain ? IS_TRIED_AGAIN : IS_GIVEN_UP] : []), failure.remedy].join(' ').trim()
      this.#apply({ type: 'crashed', failure: { ...failure, remedy }, isStable, triesAgain })
      if (waitMs === undefined) return
      await delay(waitMs, undefined, { signal: stop }).catch(() => undefined) // Told to stop: seen below.
      if (stop.aborted) return this.#apply({ type: 'off' })
      this.#apply({ type: 'start' })
    }
  }

  /** @returns why it ended, unless it was told to, with what is to be done about that cause alone */
  async #runOnce(stop: AbortSignal): Promise<Failure | undefined> {
    const { boot, changed, lastLines } = this.#parts
    this.#progress = new BootProgress(changed)
    let booted: BootedVm
    try {
      booted = await boot(this.#progress, stop)
    } catch (error) {
      if (stop.aborted) return undefined
      const told = error instanceof BootError ? { stage: error.stage, cause: error.message, remedy: error.remedy } : { cause: messageOf(error), remedy: '' }
      return { ...told, lastLines: lastLines() }
    }
    this.#hasRun = true
    this.#booted = booted
    this.#apply({ type: 'booted', at: new Date().toISOString() })
    const { reason } = await booted.machine.ended
    // What it had in memory may still be on its way to the disk.
    const isSuspended = await hasDone(this.#suspending)
    this.#booted = undefined
    await booted.closeSocket()
    return stop.aborted || isSuspended ? undefined : { cause: `The machine went off by itself. ${reason}`, remedy: '', lastLines: lastLines() }
  }

  #apply(event: VmEvent): void {
    this.#state = transition(this.#state, event)
    this.#parts.changed()
  }
}

async function hasDone(work: Promise<void> | undefined): Promise<boolean> {
  if (!work) return false
  return work.then(
    () => true,
    () => false,
  )
}
