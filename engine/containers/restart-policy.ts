import type { RestartPolicy } from './config.ts'

const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 60_000
/** A run of this length counts as success: the next delay is the first again. */
const STEADY_RUN_MS = 10_000

export interface ExitCircumstances {
  readonly exitCode: number
  readonly hasBeenStoppedByHand: boolean
  readonly restartCount: number
}

/** Whether the policy starts the container again after this exit. @see docker run --restart */
export function shouldRestart(policy: RestartPolicy | undefined, exit: ExitCircumstances): boolean {
  if (exit.hasBeenStoppedByHand) return false
  switch (policy?.Name) {
    case 'always':
    case 'unless-stopped':
      return true
    case 'on-failure': {
      const most = policy.MaximumRetryCount ?? 0
      return exit.exitCode !== 0 && (most === 0 || exit.restartCount < most)
    }
    default:
      return false
  }
}

/** Whether the policy starts the container again when the machine was switched off. */
export function isKeptRunning(policy: RestartPolicy | undefined): boolean {
  return policy?.Name === 'always' || policy?.Name === 'unless-stopped'
}

/** Whether the container is started when the daemon starts and finds it stopped. */
export function shouldStartWithDaemon(policy: RestartPolicy | undefined, hasBeenStoppedByHand: boolean, hasEverStarted: boolean): boolean {
  if (!hasEverStarted) return false
  return policy?.Name === 'always' || (policy?.Name === 'unless-stopped' && !hasBeenStoppedByHand)
}

/** The restarts that are due, and how long each container's next one waits. */
export class RestartTimers {
  readonly #pending = new Map<string, NodeJS.Timeout>()
  readonly #delays = new Map<string, number>()
  #isHeld = false

  /** While the daemon starts, nothing is restarted: what is being made would look like what a crash left. */
  hold(): void {
    this.#isHeld = true
  }

  /** From now on; whoever was due meanwhile is to be scheduled again. */
  release(): void {
    this.#isHeld = false
  }

  /** Calls `start` after the container's back-off delay, unless {@link cancel} comes first; never while held. */
  schedule(id: string, lastRunMs: number, start: () => void): void {
    this.cancel(id)
    if (this.#isHeld) return
    const delayMs = lastRunMs >= STEADY_RUN_MS ? FIRST_DELAY_MS : (this.#delays.get(id) ?? FIRST_DELAY_MS)
    this.#delays.set(id, Math.min(delayMs * 2, LONGEST_DELAY_MS))
    const timer = setTimeout(() => {
      this.#pending.delete(id)
      start()
    }, delayMs)
    this.#pending.set(id, timer)
  }

  cancel(id: string): void {
    clearTimeout(this.#pending.get(id))
    this.#pending.delete(id)
  }

  /** Cancels, and forgets the back-off: a start by hand begins anew. */
  forget(id: string): void {
    this.cancel(id)
    this.#delays.delete(id)
  }

  cancelAll(): void {
    for (const id of [...this.#pending.keys()]) this.cancel(id)
  }
}
