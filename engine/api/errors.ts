import { EngineError, type ErrorKind, hasCode, messageOf } from '../errors.ts'

/** The only place that knows which HTTP status an error kind has. */
const STATUS = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'not-modified': 304,
  'too-many-requests': 429,
  unavailable: 503,
  'not-implemented': 501,
  system: 500,
} satisfies Record<ErrorKind, number>

/** The status and message that a client sees for anything that was thrown. */
export function describeError(thrown: unknown): { status: number; message: string } {
  if (thrown instanceof EngineError) return { status: STATUS[thrown.kind], message: thrown.message }
  // Node refuses a path with a zero byte itself: the kernel would not know where it ends.
  if (hasCode(thrown, 'ERR_INVALID_ARG_VALUE') && messageOf(thrown).includes('null bytes')) return { status: STATUS.invalid, message: 'invalid argument' }
  return { status: 500, message: messageOf(thrown) }
}
