import { randomUUID } from 'node:crypto'
import { EngineError } from '../errors.ts'
import { Arrivals } from './arrivals.ts'
import { BuildStatus } from './build-status.ts'
import type { Built } from './built.ts'
import type { Solving } from './solve-dockerfile.ts'

/** How long a client that asks about a build may be ahead of the build, and how long one that asks afterwards still hears of it. */
const PATIENCE_MS = 10_000

/**
 * A build that a client has asked for. Clients speak of it on several calls at once: one waits for its end, one listens to
 * what it says, and buildx says on others what is to be built, and that this is all.
 */
export class Build {
  readonly ref: string
  readonly status: BuildStatus
  readonly #results = new Map<string, Built>()
  readonly #returned = Promise.withResolvers<Built | undefined>()
  readonly #begun = Promise.withResolvers<Solving>()
  #hasEnded = false
  #failure: unknown

  constructor(ref: string) {
    this.ref = ref
    this.status = new BuildStatus(ref)
    // Whoever asks gets them; nobody may.
    this.#returned.promise.catch(() => undefined)
    this.#begun.promise.catch(() => undefined)
  }

  /** All that it needs is here. */
  begin(solving: Solving): void {
    this.#begun.resolve(solving)
  }

  /** What it works with, once that is here: calls of the client's overtake each other. @throws EngineError when nobody waits for the build any more */
  async active(): Promise<Solving> {
    const solving = await this.#begun.promise
    if (this.#hasEnded) throw noSuchBuild(this.ref)
    return solving
  }

  end(): void {
    this.#hasEnded = true
    this.#begun.reject(noSuchBuild(this.ref))
    this.status.end()
  }

  /** @returns a name for it, by which the client may return it */
  addResult(built: Built): string {
    const id = randomUUID()
    this.#results.set(id, built)
    return id
  }

  /** Why a part of it could not be built: clients repeat it without what is beside the message. */
  noteFailure(error: unknown): void {
    this.#failure ??= error
  }

  /** The client has all that it wants. @param id of a result; empty for none @throws EngineError `invalid` when there is none of that name */
  return(id: string): void {
    const built = this.#results.get(id)
    if (id !== '' && !built) throw new EngineError('invalid', `return reference ${id} not found`)
    this.#returned.resolve(built)
  }

  giveUp(error: unknown): void {
    this.#returned.reject(this.#failure ?? error)
  }

  /** What the client has returned. */
  returned(signal: AbortSignal): Promise<Built | undefined> {
    signal.addEventListener('abort', () => this.#returned.reject(signal.reason), { once: true })
    if (signal.aborted) this.#returned.reject(signal.reason)
    return this.#returned.promise
  }
}

/** The builds of clients, by the name that each client has made up for its own. */
export class Builds {
  readonly #builds = new Arrivals<Build>()

  /** Runs `work` as a build. @throws EngineError `conflict` when there is one of that name */
  async run<T>(ref: string, work: (build: Build) => Promise<T>): Promise<T> {
    if (ref === '') throw new EngineError('invalid', 'a build needs a ref')
    if (this.#builds.has(ref)) throw new EngineError('conflict', `job ID ${ref} exists`)
    const build = new Build(ref)
    this.#builds.add(ref, build)
    try {
      return await work(build)
    } finally {
      build.end()
      setTimeout(() => this.#builds.remove(ref), PATIENCE_MS).unref()
    }
  }

  /** Whether it goes on, or has just ended. */
  has(ref: string): boolean {
    return this.#builds.has(ref)
  }

  /** @throws EngineError `not-found` when there is none after a while; the signal's reason */
  async get(ref: string, signal: AbortSignal): Promise<Build> {
    const build = await this.#builds.wait(ref, PATIENCE_MS, signal)
    if (!build) throw noSuchBuild(ref)
    return build
  }
}

function noSuchBuild(ref: string): EngineError {
  return new EngineError('not-found', `no such job ${ref}`)
}
