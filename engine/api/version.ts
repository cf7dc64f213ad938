import { EngineError } from '../errors.ts'

/** The newest and the oldest Engine API version that we answer. */
export const API_VERSION = '1.51'
export const MIN_API_VERSION = '1.24'

/** A requested API version, comparable: `call.version.atLeast('1.44')`. */
export class ApiVersion {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  atLeast(other: string): boolean {
    return compareVersions(this.#text, other) >= 0
  }

  toString(): string {
    return this.#text
  }
}

/** Compares component by component as numbers: 1.9 < 1.24. */
function compareVersions(left: string, right: string): number {
  const a = left.split('.').map(Number)
  const b = right.split('.').map(Number)
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Clients that are too old to be served are also too old for errors in JSON. */
export function wantsPlainErrors(version: string | undefined): boolean {
  return version !== undefined && compareVersions(version, MIN_API_VERSION) < 0
}

/**
 * @param oldest that is spoken at this endpoint
 * @throws EngineError `invalid` with docker's words when we do not speak it
 */
export function checkVersion(text: string, oldest = MIN_API_VERSION): ApiVersion {
  if (compareVersions(text, API_VERSION) > 0) {
    throw new EngineError('invalid', `client version ${text} is too new. Maximum supported API version is ${API_VERSION}`)
  }
  if (compareVersions(text, oldest) < 0) {
    throw new EngineError(
      'invalid',
      `client version ${text} is too old. Minimum supported API version is ${MIN_API_VERSION}, please upgrade your client to a newer version`,
    )
  }
  return new ApiVersion(text)
}
