import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { HostStatus } from '../ipc/contract.ts'
import { startDaemonProcess } from './daemon-process.ts'
import { FollowedHost } from './followed-host.ts'
import { type Absence, presence } from './presence.ts'

/** Between two looks for an engine that is away. While it is there nothing is asked. */
const LOOK_AGAIN_MS = 500
const START_DEADLINE_MS = 30_000

export interface NativeHostParts {
  readonly socketPath: string
  /** What starts the daemon that listens on the socket; undefined where the window may not. */
  readonly startCommand: readonly [string, ...string[]] | undefined
  /** Gets the output of a daemon that we start. */
  readonly logPath: string
}

/** The engine as a daemon on this machine, found by its unix socket. */
export class NativeHost extends FollowedHost {
  readonly #parts: NativeHostParts

  constructor(parts: NativeHostParts) {
    const { socketPath, startCommand } = parts
    const nothing = { detail: '', remedy: '', lastLines: [], stages: [] }
    const may = { canStart: startCommand !== undefined, canStop: false, canChoose: false }
    super({ kind: 'native', state: 'stopped', socketPath, ...nothing, ...may })
    this.#parts = parts
  }

  async stop(): Promise<HostStatus> {
    throw new Error('An engine on this computer is stopped by whoever started it: Ctrl-C of npm start, for example.')
  }

  protected async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const absence = await presence(
        () => connect(this.socketPath),
        () => this.#become('running', ''),
        signal,
      )
      if (signal.aborted) return
      this.#missed(absence)
      await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined) // Aborted: the loop ends.
    }
  }

  /** A start in progress, or one that failed, has more to say than that nobody is there. */
  #missed({ kind, detail }: Absence): void {
    const { state } = this.status
    if (kind === 'refused') this.#become('failed', detail)
    else if (state === 'running' || (state === 'stopped' && !this.isStarting)) this.#become('stopped', detail)
  }

  protected async launch(): Promise<HostStatus> {
    const { startCommand, logPath } = this.#parts
    if (!startCommand) return this.#become('stopped', 'This window does not know how its engine is started. In a terminal: ./engineroom daemon')
    this.#become('starting', '')
    const deadline = new AbortController()
    try {
      const daemon = startDaemonProcess(startCommand, logPath)
      const failure = await Promise.race([
        this.#untilSettled(deadline.signal),
        daemon.ended,
        delay(START_DEADLINE_MS, undefined, { signal: deadline.signal }).then(
          () => `The engine did not answer within ${START_DEADLINE_MS / 1000} s. ${daemon.lastWords()}`,
        ),
      ])
      return failure === undefined ? this.status : this.#become('failed', failure)
    } finally {
      deadline.abort()
    }
  }

  /** @returns undefined when the engine runs, or why what is on the socket cannot be used */
  async #untilSettled(signal: AbortSignal): Promise<string | undefined> {
    while (this.status.state === 'starting') await this.state.changed(signal)
    return this.status.state === 'running' ? undefined : this.status.detail
  }

  #become(state: HostStatus['state'], detail: string): HostStatus {
    return this.state.become({ state, detail })
  }
}
