import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import type { HostStatus } from '../../ipc/contract.ts'
import { FollowedHost } from '../followed-host.ts'
import { type Absence, presence } from '../presence.ts'
import { type Dial, dialOf } from './dial.ts'
import { findContext } from './find-context.ts'
import { reasonOf } from './reason.ts'
import { Relay } from './relay.ts'

/** Between two looks for an engine that is away: each costs a connection, and of ssh a process. */
const FIRST_LOOK_MS = 500
const LAST_LOOK_MS = 10_000

const NOT_OURS = 'This engine is started and stopped where it runs.'

export interface ContextHostParts {
  readonly name: string
  /** Of the docker command. */
  readonly dockerFolder: string
}

/** The engine that a docker context leads to, wherever that is. It is not ours: nothing of it is started, stopped or changed from here. */
export class ContextHost extends FollowedHost {
  readonly #parts: ContextHostParts
  readonly #folder: string
  readonly #relay: Relay
  #apiVersion: string | undefined

  constructor(parts: ContextHostParts) {
    const { folder, socketPath } = placeOfSocket()
    const nothing = { detail: '', remedy: '', lastLines: [], stages: [] }
    const may = { canStart: false, canStop: false, canChoose: false }
    super({ kind: 'context', state: 'starting', socketPath, context: { name: parts.name, host: '' }, ...nothing, ...may })
    this.#parts = parts
    this.#folder = folder
    this.#relay = new Relay(socketPath)
  }

  override get apiVersion(): string | undefined {
    return this.#apiVersion
  }

  async stop(): Promise<HostStatus> {
    throw new Error(NOT_OURS)
  }

  override close(): void {
    super.close()
    this.#relay.close()
  }

  protected async launch(): Promise<HostStatus> {
    return this.status
  }

  protected async follow(signal: AbortSignal): Promise<void> {
    try {
      await this.#relay.listen()
    } catch (error) {
      this.state.become({ state: 'failed', detail: messageOf(error) })
      return
    }
    let pauseMs = FIRST_LOOK_MS
    while (!signal.aborted) {
      const absence = await this.#meet(signal)
      if (signal.aborted) return
      if (this.status.state === 'running') pauseMs = FIRST_LOOK_MS
      this.#relay.lead(undefined)
      const { detail, remedy = '', lastLines = [] } = absence
      this.state.become({ state: 'failed', detail, remedy, lastLines: [...lastLines] })
      await delay(pauseMs, undefined, { signal }).catch(() => undefined) // Aborted: the loop ends.
      pauseMs = Math.min(pauseMs * 2, LAST_LOOK_MS)
    }
  }

  /** Reads the context anew, as it may have been mended, and holds on to its engine. @returns why it is away */
  async #meet(signal: AbortSignal): Promise<Absence> {
    const { name, dockerFolder } = this.#parts
    let host = ''
    try {
      const context = await findContext(dockerFolder, name)
      host = context.host
      this.state.become({ context: { name, host } })
      const dial = await dialOf(context, dockerFolder, join(this.#folder, 'ssh'))
      return await presence(
        dial,
        (headers) => this.#found(dial, headers['api-version']),
        signal,
        (error) => reasonOf(error, host),
      )
    } catch (error) {
      return reasonOf(error, host)
    }
  }

  #found(dial: Dial, apiVersion: string | string[] | undefined): void {
    this.#apiVersion = typeof apiVersion === 'string' ? apiVersion : undefined
    this.#relay.lead(dial)
    this.state.become({ state: 'running', detail: '', remedy: '', lastLines: [] })
  }
}

/** Short, as the path of a socket has to be; and new, so that nobody has waited there. */
function placeOfSocket(): { readonly folder: string; readonly socketPath: string } {
  const name = `engineroom-${randomUUID().slice(0, 13)}`
  const folder = join(tmpdir(), name)
  return { folder, socketPath: process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(folder, 'engine') }
}
