import { Lock } from '../lock.ts'
import type { EndpointSettings } from '../networks/endpoint-settings.ts'
import type { MountPoint } from '../volumes/mount.ts'
import type { ContainerConfig, HostConfig } from './config.ts'
import type { ContainerState } from './state.ts'
import { Stillness } from './stillness.ts'

export type ContainerId = string & { readonly brand: 'ContainerId' }

/** What should be: all that is stored about a container, apart from its state. */
export interface ContainerSpec {
  readonly id: ContainerId
  /** Without the leading slash that docker shows. */
  name: string
  readonly createdAt: string
  readonly imageId: string
  /** The process: entrypoint and command, resolved against the image. */
  readonly path: string
  readonly args: readonly string[]
  /** The client's wish merged with the image's configuration; `Image` as the client typed it. */
  readonly config: ContainerConfig
  hostConfig: HostConfig
  /** Network name (as asked for) → what was asked for it. */
  networks: Record<string, EndpointSettings>
  mounts: readonly MountPoint[]
  restartCount: number
  /** A stop by API: `unless-stopped` remembers it across daemon restarts. */
  hasBeenStoppedByHand: boolean
  /** Made for a step of a build, which removes it: a daemon that finds one at its start knows that its build is gone. */
  isBuildStep?: boolean
}

/**
 * A container in memory: its spec, its state, and those who wait for it. The store persists both;
 * nobody else writes `state`.
 */
export class Container {
  readonly spec: ContainerSpec
  state: ContainerState
  /** Restarts by hand that are under way: between its two runs the container is not to be removed. */
  readonly restarts = new Set<Promise<void>>()
  /** `NAME=value` that its process gets beside what is stored: for its life in memory, and told to nobody. */
  secretEnvironment: readonly string[] = []
  /** Serialises everything that changes this container. @see Lock for the contract */
  readonly lock = new Lock()
  /** Serialises edits of its hosts file, which also come from containers that it is linked to. */
  readonly filesLock = new Lock()
  /** Keeps execs and a commit out of each other's way. */
  readonly stillness = new Stillness()
  /** How many copies read or write its files now, and keep its root mounted. @see holdRootfs */
  rootHolds = 0
  readonly #exitWaiters = new Set<(exitCode: number) => void>()
  readonly #removalWaiters = new Set<(error?: Error) => void>()

  constructor(spec: ContainerSpec, state: ContainerState) {
    this.spec = spec
    this.state = state
  }

  get id(): ContainerId {
    return this.spec.id
  }

  get name(): string {
    return this.spec.name
  }

  get shortId(): string {
    return this.spec.id.slice(0, 12)
  }

  get hasTty(): boolean {
    return this.spec.config.Tty ?? false
  }

  get isAutoRemoved(): boolean {
    return this.spec.hostConfig.AutoRemove ?? false
  }

  /** Calls `listener` at the next exit; the returned function forgets it. */
  onExit(listener: (exitCode: number) => void): () => void {
    this.#exitWaiters.add(listener)
    return () => this.#exitWaiters.delete(listener)
  }

  /** Calls `listener` once the container is gone, or with the error that kept it. */
  onRemoval(listener: (error?: Error) => void): () => void {
    this.#removalWaiters.add(listener)
    return () => this.#removalWaiters.delete(listener)
  }

  announceExit(exitCode: number): void {
    const listeners = [...this.#exitWaiters]
    this.#exitWaiters.clear()
    for (const listener of listeners) listener(exitCode)
  }

  announceRemoval(error?: Error): void {
    const listeners = [...this.#removalWaiters]
    this.#removalWaiters.clear()
    for (const listener of listeners) listener(error)
  }
}
