import { type Static, Type } from 'typebox'
import { EngineError, type ErrorKind, messageOf } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'

const ErrorBody = Type.Object({ errors: Type.Optional(Type.Array(Type.Object({ code: Type.Optional(Type.String()), message: Type.Optional(Type.String()) }))) })

const KINDS: Readonly<Record<number, ErrorKind>> = { 401: 'unauthorized', 403: 'forbidden', 404: 'not-found', 429: 'too-many-requests' }

/**
 * What a registry refused, in the words that docker makes of its answer: `manifest unknown: manifest unknown`.
 * @see OCI distribution-spec, "Error Codes"
 */
export function registryError(status: number, body: string, retryAfter?: string | string[]): EngineError {
  const kind = KINDS[status] ?? 'system'
  const complaint = complaintOf(status, body)
  return status === 429 || status >= 500 ? new PassingRefusal(kind, complaint, secondsOf(retryAfter)) : new EngineError(kind, complaint)
}

/** A refusal that may be none a moment later: the registry is overloaded, or something before it is. */
export class PassingRefusal extends EngineError {
  /** How long the registry wants us to stay away. */
  readonly retryAfterS: number | undefined

  constructor(kind: ErrorKind, message: string, retryAfterS: number | undefined) {
    super(kind, message)
    this.retryAfterS = retryAfterS
  }
}

/** Of `Retry-After`; its other form, a date, is rare, and our own waiting does as well. @see RFC 9110 section 10.2.3 */
function secondsOf(retryAfter: string | string[] | undefined): number | undefined {
  return typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined
}

function complaintOf(status: number, body: string): string {
  const [first] = parseErrors(body)
  if (!first?.code) return status === 429 ? 'toomanyrequests: too many requests to the registry' : `received unexpected HTTP status: ${status}`
  return `${first.code.toLowerCase().replaceAll('_', ' ')}: ${first.message ?? ''}`
}

function parseErrors(body: string): NonNullable<Static<typeof ErrorBody>['errors']> {
  try {
    return decodeObject(ErrorBody, JSON.parse(body)).errors ?? []
  } catch {
    return [] // A proxy's page of HTML, or nothing: the status has to do.
  }
}

/** What Go says of a certificate, by OpenSSL's codes. */
const X509: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate signed by unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'certificate has expired or is not yet valid',
}

/** A registry that could not be asked for its version, as clients show it. */
export function unreachable(base: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error
  return new EngineError('system', `Get ${JSON.stringify(`${base}/v2/`)}: ${connectionFailure(new URL(base), error)}`, { cause: error })
}

/** Go's wording of a failed connection. */
export function connectionFailure({ hostname, host }: URL, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${hostname}: no such host`
  if (code === 'ECONNREFUSED') return `dial tcp ${host}: connect: connection refused`
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return `dial tcp ${host}: i/o timeout`
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return 'http: server gave HTTP response to HTTPS client'
  const why = typeof code === 'string' ? X509[code] : undefined
  return why === undefined ? messageOf(error) : `tls: failed to verify certificate: x509: ${why}`
}
