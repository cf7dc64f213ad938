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

/** The message of anything that was thrown; for people, and in the words that they know from docker. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? inGoWords(thrown.message) : String(thrown)
}

/** Where Node's words for a code are not those of Linux. @see strerror(3) */
const STRERROR: Readonly<Record<string, string>> = {
  EBUSY: 'device or resource busy',
  EEXIST: 'file exists',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
}

/** Node says `ENOSPC: no space left on device, open '/x'`, Go says `open /x: no space left on device`, and clients look for that. */
function inGoWords(message: string): string {
  const found = /^([A-Z][A-Z0-9]+): ([^,]+), (\w+)(?: '(.*?)')?(?: -> '(.*)')?$/.exec(message)
  if (!found) return message
  const [, code = '', reason, call, path, target] = found
  return `${[call, path, target].filter((part) => part !== undefined).join(' ')}: ${STRERROR[code] ?? reason}`
}

/** Whether `thrown` is a Node error with this code, e.g. `hasCode(error, 'ENOENT')`. */
export function hasCode(thrown: unknown, ...codes: string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && codes.includes(thrown.code)
}
