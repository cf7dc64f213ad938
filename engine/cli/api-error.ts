import { hasCode, messageOf } from '../errors.ts'
import type { Endpoint } from './host.ts'

/** The daemon answered, and said no. */
export class ApiError extends Error {
  readonly status: number
  /** The daemon's own sentence, without the prefix. */
  readonly reason: string

  constructor(status: number, reason: string) {
    super(`Error response from daemon: ${reason}`)
    this.name = 'ApiError'
    this.status = status
    this.reason = reason
  }
}

/** No daemon was reached; says which one, and what a person can do. */
export class ConnectionError extends Error {
  constructor(endpoint: Endpoint, cause: unknown) {
    super(describe(endpoint, cause), { cause })
    this.name = 'ConnectionError'
  }
}

export function isNotFound(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.status === 404
}

function describe(endpoint: Endpoint, cause: unknown): string {
  if (hasCode(cause, 'EACCES', 'EPERM')) {
    return `permission denied while trying to connect to the Engineroom daemon at ${endpoint.name}. Use sudo, or become a member of the group that owns the socket.`
  }
  if (hasCode(cause, 'ENOENT', 'ECONNREFUSED', 'ENOTSOCK')) {
    return `Cannot connect to the Engineroom daemon at ${endpoint.name}. Is it running? Start it with 'npm start' or 'engineroom daemon'.`
  }
  return `error during connect: ${endpoint.name}: ${messageOf(cause)}`
}
