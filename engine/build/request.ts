import type { HostConfig } from '../containers/config.ts'
import type { RegistryAuth } from '../images/registry/auth.ts'

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
  /** Images from which alone the cache may take; undefined for all that are here. */
  readonly cacheFrom: readonly string[] | undefined
  /** Asks the registry for newer base images. */
  readonly pulls: boolean
  /** Remove the containers of RUN steps that succeeded, and of those that failed. */
  readonly removes: boolean
  readonly removesFailed: boolean
  /** Limits, network and the like of the containers that RUN steps make. */
  readonly hostConfig: HostConfig
  /** Credentials for a registry's host. */
  authFor(host: string): RegistryAuth | undefined
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
