/**
 * What can go wrong, as the domain sees it. The domain says *kind*; `engine/api/errors.ts` is the only
 * place that knows which HTTP status a kind has.
 */
export type ErrorKind =
  | 'invalid' // the request itself is wrong
  | 'unauthorized' // a registry refused the credentials
  | 'forbidden' // allowed to ask, not allowed to have
  | 'not-found'
  | 'conflict' // right request, wrong moment
  | 'not-modified' // already so
  | 'unavailable' // this node is not a swarm manager
  | 'not-implemented'
  | 'too-many-requests' // a registry's rate limit
  | 'system' // everything else

/** An error whose message is meant for the person who made the request. */
export class EngineError extends Error {
  readonly kind: ErrorKind

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EngineError'
    this.kind = kind
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Whether `thrown` is a Node error with this code, e.g. `hasCode(error, 'ENOENT')`. */
export function hasCode(thrown: unknown, ...codes: string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && codes.includes(thrown.code)
}
