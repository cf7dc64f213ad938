import type { EngineName } from '../text/engine-name.ts'
/** What the window knows of the engine's objects: the few fields it shows, already narrowed. */

export const CONTAINER_STATES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const
export type ContainerState = (typeof CONTAINER_STATES)[number]

export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy'

export interface Port {
  /** Host address; empty when the port is not published. */
  readonly address: string
  /** Host port; undefined when the port is only exposed. */
  readonly published: number | undefined
  readonly private: number
  readonly protocol: string
}

export interface Attachment {
  readonly network: string
  /** Empty while the container does not run. */
  readonly address: string
  /** By which others in the network find it while it runs; none on docker's own networks. */
  readonly names: readonly string[]
}

/** One container as the list shows it. @see Engine API 1.51 ContainerSummary */
export interface ContainerRow {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly imageId: string
  readonly command: string
  readonly createdAtMs: number
  readonly state: ContainerState
  readonly health: Health
  /** Of the last run; undefined while there was none or one is going on. */
  readonly exitCode: number | undefined
  /** Since when it runs, or when it ended; as exact as docker's own text ("3 minutes ago"). */
  readonly sinceMs: number | undefined
  readonly ports: readonly Port[]
  readonly labels: Readonly<Record<string, string>>
  readonly attachments: readonly Attachment[]
  /** Names of the volumes that are mounted in it. */
  readonly volumes: readonly string[]
}

/** @see Engine API 1.51 ImageSummary, ImageInspect */
export interface ImageRow {
  readonly id: string
  /** Of the image that it was built on by the classic builder; empty otherwise. */
  readonly parentId: string
  readonly tags: readonly string[]
  readonly digests: readonly string[]
  readonly sizeBytes: number
  readonly createdAtMs: number | undefined
}

/** @see Engine API 1.51 Network */
export interface NetworkRow {
  readonly id: string
  readonly name: string
  readonly driver: string
  readonly subnets: readonly string[]
  readonly isInternal: boolean
  readonly createdAtMs: number | undefined
}

/** @see Engine API 1.51 Volume */
export interface VolumeRow {
  readonly name: string
  readonly driver: string
  readonly mountpoint: string
  readonly createdAtMs: number | undefined
}

/** @see Engine API 1.51 SystemEvents */
export interface EngineEvent {
  readonly atMs: number
  readonly type: string
  readonly action: string
  readonly id: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Who the engine says it is. @see Engine API 1.51 SystemVersion, SystemInfo */
export interface EngineIdentity extends EngineName {
  readonly apiVersion: string
  readonly platform: string
  /** Where it runs: `Linux 6.1.0-18-amd64`. */
  readonly kernel: string
  readonly host: string
  readonly dataRoot: string
  readonly storage: string
  readonly cpus: number
  readonly memoryBytes: number
}

/** One line of a task: of a pull, push, load, build or prune. @see Engine API 1.51 ImageCreate */
export interface TaskProgress {
  /** The layer; empty for a line about the whole image. */
  readonly layer: string
  readonly status: string
  readonly currentBytes: number | undefined
  readonly totalBytes: number | undefined
  /** A piece of what a build or a load writes. */
  readonly output: string
  /** Set on the last line of one that failed. */
  readonly error: string
  /** What a prune gave back. */
  readonly reclaimedBytes: number | undefined
}
