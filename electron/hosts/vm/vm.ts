import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import { type BootedVm, type BootParts, boot } from './boot/boot.ts'
import { BootError, BootProgress } from './boot/boot-progress.ts'
import type { Stage } from './boot/stages.ts'
import type { Machine } from './driver.ts'
import { type Failure, transition, type VmEvent, type VmState } from './vm-state.ts'

/** A guest that was asked to shut down gets the plug pulled after this. */
export const STOP_DEADLINE_MS = 60_000

/** Between a crash and the next attempt; then it stays down. */
const BACK_OFF_MS = [1_000, 5_000, 15_000] as const

/** A VM that has run this long starts with the shortest wait again. */
const STABLE_AFTER_MS = 10 * 60_000

/**
 * One VM over all its runs: it boots, comes back after a crash, and shuts down. Life: constructed (opens nothing) →
 * {@link start} → {@link stop}, any number of times.
 */
export class Vm {
  readonly #parts: BootParts
  readonly #changed: () => void
  readonly #backOffMs: readonly number[]
  #state: VmState = { status: 'stopped' }
  #progress: BootProgress
  #booted: BootedVm | undefined
  #stop = new AbortController()
  #life: Promise<void> = Promise.resolve()
  #crashes = 0
  #hasRun = false

  /** @param changed told after each change of {@link state} and {@link stages} */
  constructor(parts: BootParts, changed: () => void, backOffMs: readonly number[] = BACK_OFF_MS) {
    this.#parts = parts
    this.#changed = changed
    this.#backOffMs = backOffMs
    this.#progress = new BootProgress(changed)
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

  /** Shuts the guest down, as its power button does; pulls the plug when it takes too long. Idempotent. */
  async stop(deadlineMs = STOP_DEADLINE_MS): Promise<void> {
    if (this.#state.status === 'stopped' || this.#state.status === 'failed') return this.#life
    if (this.#state.status !== 'stopping') this.#apply({ type: 'stop' })
    const machine = this.#booted?.machine
    this.#stop.abort(new Error('The VM was told to stop.'))
    if (machine) await shutDown(machine, deadlineMs)
    await this.#life
  }

  /** Boots and runs, again after each crash, until it is told to stop or has crashed too often. */
  async #live(stop: AbortSignal): Promise<void> {
    for (;;) {
      const startedAt = Date.now()
      const failure = await this.#runOnce(stop)
      if (stop.aborted || failure === undefined) return this.#apply({ type: 'off' })
      this.#crashes++
      const { attempt } = this.#state.status === 'starting' || this.#state.status === 'running' ? this.#state : { attempt: 1 }
      const isStable = Date.now() - startedAt > STABLE_AFTER_MS
      // What never booted fails again: somebody is watching, and is told at once.
      const waitMs = this.#hasRun ? this.#backOffMs[isStable ? 0 : attempt - 1] : undefined
      this.#apply({ type: 'crashed', failure, triesAgain: waitMs !== undefined })
      if (waitMs === undefined) return
      await delay(waitMs, undefined, { signal: stop }).catch(() => undefined) // Told to stop: seen below.
      if (stop.aborted) return this.#apply({ type: 'off' })
      this.#apply({ type: 'start' })
    }
  }

  /** @returns why it ended, unless it was told to */
  async #runOnce(stop: AbortSignal): Promise<Failure | undefined> {
    const { console } = this.#parts
    this.#progress = new BootProgress(this.#changed)
    try {
      this.#booted = await boot(this.#parts, this.#progress, stop)
    } catch (error) {
      if (stop.aborted) return undefined
      const told = error instanceof BootError ? { stage: error.stage, cause: error.message, remedy: error.remedy } : { cause: messageOf(error), remedy: '' }
      return { ...told, lastLines: console.lastLines }
    }
    this.#hasRun = true
    this.#apply({ type: 'booted', at: new Date().toISOString() })
    const { machine, forwarder } = this.#booted
    const { reason } = await machine.ended
    this.#booted = undefined
    await forwarder.close()
    if (stop.aborted) return undefined
    return {
      cause: `The machine went off by itself. ${reason}`,
      remedy: 'It is started again. If it happens often: engineroom vm logs',
      lastLines: console.lastLines,
    }
  }

  #apply(event: VmEvent): void {
    this.#state = transition(this.#state, event)
    this.#changed()
  }
}

async function shutDown(machine: Machine, deadlineMs: number): Promise<void> {
  const late = new AbortController()
  await machine.pressPowerButton().catch(() => undefined) // Gone already, or deaf: either way its end is waited for.
  const isOff = await Promise.race([machine.ended.then(() => true), delay(deadlineMs, false, { signal: late.signal })])
  late.abort()
  if (!isOff) await machine.cutPower()
}
