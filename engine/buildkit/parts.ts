import type { BuildParts } from '../build/parts.ts'
import type { LocalContexts } from './local-contexts.ts'
import type { RequestBodies } from './request-bodies.ts'
import type { Enter } from './session-stream.ts'
import type { Sessions } from './sessions.ts'

/** Everything that BuildKit's door leads to. */
export interface BuildKitParts {
  readonly builder: BuildParts
  readonly sessions: Sessions
  /** Begins a session on a connection that a client has brought. */
  readonly enter: Enter
  readonly contexts: LocalContexts
  readonly bodies: RequestBodies
  /** Of the engine, for who asks. */
  readonly version: string
}
