import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { messageOf } from '../../errors.ts'
import type { Runtime } from '../../linux/runtime.ts'
import type { Log } from '../../log.ts'
import type { Container } from '../container.ts'
import type { ContainerPaths } from '../paths.ts'
import { logPolicyOf } from './log-policy.ts'
import { type LogSource, PlainLog } from './log-source.ts'
import { RotatingLog } from './rotating-log.ts'
import { Segments } from './segments.ts'

interface LogParts {
  readonly paths: Pick<ContainerPaths, 'log'>
  readonly runtime: Pick<Runtime, 'reopenLog' | 'isMonitored'>
  readonly log: Pick<Log, 'warn'>
}

/** The logs of all containers that have one: who reads them, and that those with `max-size` are rotated while they grow. */
export class ContainerLogs {
  readonly #parts: LogParts
  readonly #rotating = new Map<string, RotatingLog>()
  readonly #watchers = new Map<string, FSWatcher>()

  constructor(parts: LogParts) {
    this.#parts = parts
  }

  /** @throws EngineError for log options that are wrong */
  sourceOf(container: Container): LogSource {
    return this.#rotatingLogOf(container) ?? new PlainLog(this.#parts.paths.log(container.id))
  }

  /** To be called before conmon starts. */
  async prepare(container: Container): Promise<void> {
    await this.#rotatingLogOf(container)?.prepare()
  }

  /** A run has begun, or is found again by a new daemon. */
  watch(container: Container): void {
    const rotating = this.#rotatingLogOf(container)
    if (!rotating) return
    const { id } = container
    const path = this.#parts.paths.log(id)
    const check = coalesced(async () => {
      await rotating
        .check({ reopen: () => this.#parts.runtime.reopenLog(id), isThere: () => this.#parts.runtime.isMonitored(id) })
        .catch((error: unknown) => this.#parts.log.warn('a log could not be rotated', { container: id, error: messageOf(error) }))
    })
    // The folder, not the file: by that name there is a new file after each rotation.
    const watcher = watch(dirname(path), (_, name) => {
      if (name === basename(path)) check()
    })
    this.#watchers.set(id, watcher)
    check()
  }

  /** A run has ended: all that it wrote can be read from now on. */
  async end(container: Container): Promise<void> {
    this.#unwatch(container.id)
    try {
      await this.#rotatingLogOf(container)?.settle()
    } catch (error) {
      // The exit is a fact all the same; it is done at the next start.
      this.#parts.log.warn('the end of a log could not be settled', { container: container.id, error: messageOf(error) })
    }
  }

  /** The container is about to be removed: nothing is written to its folder any more. */
  async forget(id: string): Promise<void> {
    this.#unwatch(id)
    await this.#rotating.get(id)?.close()
    this.#rotating.delete(id)
  }

  /** Lets go of everything; conmon goes on writing. */
  async stop(): Promise<void> {
    await Promise.all([...new Set([...this.#rotating.keys(), ...this.#watchers.keys()])].map((id) => this.forget(id)))
  }

  #unwatch(id: string): void {
    this.#watchers.get(id)?.close()
    this.#watchers.delete(id)
  }

  #rotatingLogOf(container: Container): RotatingLog | undefined {
    const known = this.#rotating.get(container.id)
    if (known) return known
    const { rotation } = logPolicyOf(container.spec)
    if (!rotation) return undefined
    const onTrouble = (error: unknown) => this.#parts.log.warn('a log could not be compressed', { container: container.id, error: messageOf(error) })
    const made = new RotatingLog(new Segments(this.#parts.paths.log(container.id)), rotation, onTrouble)
    this.#rotating.set(container.id, made)
    return made
  }
}

/** Runs `work` once for all calls that come while it is running already. */
function coalesced(work: () => Promise<void>): () => void {
  let isRunning = false
  let isWantedAgain = false
  const start = async () => {
    isRunning = true
    do {
      isWantedAgain = false
      await work()
    } while (isWantedAgain)
    isRunning = false
  }
  return () => {
    isWantedAgain = true
    if (!isRunning) void start()
  }
}
