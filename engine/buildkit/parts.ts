import type { BuildParts } from '../build/parts.ts'
import type { LocalContexts } from './local-contexts.ts'
import type { RequestBodies } from './request-bodies.ts'
import type { Sessions } from './sessions.ts'

/** Everything that BuildKit's door leads to. */
export interface BuildKitParts {
  readonly builder: BuildParts
  readonly sessions: Sessions
  readonly contexts: LocalContexts
  readonly bodies: RequestBodies
  /** Of the engine, for who asks. */
  readonly version: string
}
