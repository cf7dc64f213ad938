import type { Duplex } from 'node:stream'
import type { HostConfig } from '../containers/config.ts'
import type { Instruction } from '../dockerfile/instruction.ts'
import type { Image } from '../images/image.ts'
import type { RegistryAuth } from '../images/registry/auth.ts'
import type { CacheSource } from './cache-source.ts'
import type { NamedContexts } from './named-contexts.ts'
import type { Stage } from './stages.ts'

/** What a client asks of a build. @see Engine API 1.51 ImageBuild */
export interface BuildRequest {
  /** Names for the result. */
  readonly tags: readonly string[]
  /** Path of the Dockerfile in the context. */
  readonly dockerfile: string
  /** Stage to stop at; empty for the last one. */
  readonly target: string
  /** Values for ARG; null takes a default away, as an unset variable of the client's. */
  readonly buildArgs: Readonly<Record<string, string | null>>
  readonly labels: Readonly<Record<string, string>>
  readonly usesCache: boolean
  /** Names of stages that are built anew, whatever the cache has. */
  readonly uncachedStages: readonly string[]
  /** Whether a stage knows the arguments of the one that it begins with: BuildKit's does, the classic builder's does not. */
  readonly inheritsArgs: boolean
  /** What stands for names in the Dockerfile. */
  readonly contexts: NamedContexts
  /** Images from which alone the cache may take; undefined for all that are here. */
  readonly cacheFrom: readonly string[] | undefined
  /** What the cache may take besides, from other places. */
  readonly cachesElsewhere: readonly CacheSource[]
  /** Asks the registry for newer base images. */
  readonly pulls: boolean
  /** Remove the containers of RUN steps that succeeded, and of those that failed. */
  readonly removes: boolean
  readonly removesFailed: boolean
  /** Limits, network and the like of the containers that RUN steps make. */
  readonly hostConfig: HostConfig
  /** Credentials for a registry's host. */
  authFor(host: string): RegistryAuth | undefined | Promise<RegistryAuth | undefined>
  /** Undefined when the client has no way to hand secrets over. */
  readonly secrets: BuildSecrets | undefined
}

/** What a client keeps, and hands over for the time of one step. */
export interface BuildSecrets {
  /** @returns undefined when the client has none of that name */
  secret(id: string): Promise<Uint8Array | undefined>
  /** @returns undefined when the client has no SSH agent of that name */
  agent(id: string): Promise<SshAgent | undefined>
}

/** An SSH agent of the client's. */
export interface SshAgent {
  /** Passes on what is said on a connection of a step's, both ways, until one side ends it. */
  forward(connection: Duplex): Promise<void>
}

/** Where a build says what it does. */
export interface BuildOutput {
  /** Text for people; newlines as they stand. */
  text(text: string): void
  /** What a RUN step wrote to standard error. */
  complaint(text: string): void
  /** The image of a finished stage. */
  image(id: string): void
  /** A line of a pull. */
  progress(line: Readonly<Record<string, unknown>>): void
}

/** Where one stage says what it does. */
export interface StageOutput extends BuildOutput {
  /** What comes until the next one is about this step. */
  step(step: AnnouncedStep): void
  /** The step was made before, and is taken from there. */
  cached(): void
  /** The step is done. @param image what it made; undefined for `FROM scratch` */
  made(image: Image | undefined): void
  /** What the command of a RUN step prints. */
  printed(stream: 'stdout' | 'stderr', text: string): void
}

export interface AnnouncedStep {
  /** For `Step 7/12`. */
  readonly number: number
  readonly total: number
  readonly stage: Stage
  readonly instruction: Instruction
}

/** Where the stages of a build that run side by side say what they do. */
export interface StageOutputs {
  of(index: number): StageOutput
  /** The stage says no more. */
  end(index: number): void
  /** The first stage that failed: the others are stopped. */
  failed(index: number, error: unknown): void
}
