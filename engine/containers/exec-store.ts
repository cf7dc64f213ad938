import { randomBytes } from 'node:crypto'
import { EngineError } from '../errors.ts'
import type { Runtime } from '../linux/runtime.ts'
import type { ContainerId } from './container.ts'

/** What a client asked to run inside a container. @see Engine API 1.51 ExecConfig */
export interface ExecConfig {
  readonly attachStdin: boolean
  readonly attachStdout: boolean
  readonly attachStderr: boolean
  readonly tty: boolean
  readonly command: readonly string[]
  readonly env: readonly string[]
  readonly user: string
  readonly workingDir: string
  readonly privileged: boolean
  readonly detachKeys: string
  readonly consoleSize: readonly number[]
}

export type ExecState =
  | { readonly status: 'created' }
  | { readonly status: 'starting' }
  | { readonly status: 'running'; readonly pid: number }
  | { readonly status: 'exited'; readonly exitCode: number }

/** One `docker exec`. Lives in memory only: its streams end with the daemon. */
export interface Exec {
  readonly id: string
  readonly containerId: ContainerId
  readonly config: ExecConfig
  state: ExecState
}

/** How long a finished exec can still be inspected. */
const KEEP_MS = 10 * 60 * 1000

/** The execs of all containers. */
export class ExecStore {
  readonly #runtime: Runtime
  readonly #execs = new Map<string, Exec>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  add(containerId: ContainerId, config: ExecConfig): Exec {
    const exec: Exec = { id: randomBytes(32).toString('hex'), containerId, config, state: { status: 'created' } }
    this.#execs.set(exec.id, exec)
    return exec
  }

  /** @throws EngineError `not-found` */
  get(id: string): Exec {
    const exec = this.#execs.get(id)
    if (!exec) throw new EngineError('not-found', `No such exec instance: ${id}`)
    return exec
  }

  /** The ids of the execs that run in a container, or null as docker shows none. */
  runningIn(containerId: string): string[] | null {
    const ids = [...this.#execs.values()].filter((exec) => exec.containerId === containerId && exec.state.status === 'running').map(({ id }) => id)
    return ids.length > 0 ? ids : null
  }

  /** Frees what the process needed, and forgets the exec after a while. */
  async finish(exec: Exec, exitCode: number): Promise<void> {
    exec.state = { status: 'exited', exitCode }
    await this.#runtime.cleanUp(exec.id, undefined)
    setTimeout(() => this.#execs.delete(exec.id), KEEP_MS).unref()
  }

  /** The container has ended, and its execs with it. */
  async forgetContainer(containerId: string): Promise<void> {
    for (const exec of this.#execs.values()) {
      if (exec.containerId === containerId && exec.state.status === 'created') this.#execs.delete(exec.id)
    }
  }
}
