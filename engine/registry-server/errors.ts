/**
 * What the registry refuses, by the specification's codes; the status of each stands beside it.
 * @see OCI distribution-spec v1.1, "Error Codes"; the last four are docker-registry's, which clients know as well
 */
const CODES = {
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  BLOB_UPLOAD_INVALID: [400, 'blob upload invalid'],
  BLOB_UPLOAD_UNKNOWN: [404, 'blob upload unknown to registry'],
  DENIED: [403, 'requested access to the resource is denied'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  MANIFEST_BLOB_UNKNOWN: [404, 'manifest references a manifest or blob unknown to registry'],
  MANIFEST_INVALID: [400, 'manifest invalid'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown'],
  NAME_INVALID: [400, 'invalid repository name'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  SIZE_INVALID: [400, 'provided length did not match content length'],
  UNAUTHORIZED: [401, 'authentication required'],
  UNSUPPORTED: [405, 'The operation is unsupported.'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid number of results requested'],
  RANGE_INVALID: [416, 'invalid content range'],
  TAG_INVALID: [400, 'manifest tag did not match URI'],
  UNKNOWN: [500, 'unknown error'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type ErrorCode = keyof typeof CODES

export interface ErrorContext {
  /** What the client may want to know, as JSON. */
  readonly detail?: unknown
  /** In place of the code's usual one. */
  readonly status?: number
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer other than the one that was asked for. */
export class RegistryError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, { detail, status, message, headers = {} }: ErrorContext = {}) {
    const [usualStatus, usualMessage] = CODES[code]
    super(message ?? usualMessage)
    this.name = 'RegistryError'
    this.code = code
    this.status = status ?? usualStatus
    this.detail = detail
    this.headers = headers
  }

  /** The body that clients read. */
  get body(): string {
    return `${JSON.stringify({ errors: [{ code: this.code, message: this.message, ...(this.detail !== undefined && { detail: this.detail }) }] })}\n`
  }
}
