import type { IncomingHttpHeaders } from 'node:http'
import { RegistryError } from '../errors.ts'
import type { Access, Authority } from './authority.ts'
import { type TokenClaims, type TokenTrust, verifyToken } from './json-web-token.ts'

/** Tokens that another server gives out and signs; the challenge sends clients there. @see docker's "Token Authentication Specification" */
export class BearerAuthority implements Authority {
  readonly #trust: TokenTrust
  readonly #realm: string

  /** @param realm the URL of the token server */
  constructor(realm: string, trust: TokenTrust) {
    this.#realm = realm
    this.#trust = trust
  }

  async admit({ authorization }: IncomingHttpHeaders, wanted: readonly Access[]): Promise<string> {
    const [, token] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
    if (token === undefined) throw this.#refusal(wanted)
    const claims = this.#read(token, wanted)
    if (!wanted.every((access) => allows(claims, access))) throw this.#refusal(wanted, 'insufficient_scope')
    return claims.sub ?? ''
  }

  #read(token: string, wanted: readonly Access[]): TokenClaims {
    try {
      return verifyToken(token, this.#trust)
    } catch (error) {
      throw this.#refusal(wanted, 'invalid_token', error)
    }
  }

  #refusal(wanted: readonly Access[], problem?: string, cause?: unknown): RegistryError {
    const scope = wanted.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ')
    const parts = { realm: this.#realm, service: this.#trust.service, ...(scope !== '' && { scope }), ...(problem && { error: problem }) }
    const challenge = Object.entries(parts).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    const detail = cause instanceof Error ? { reason: cause.message } : undefined
    return new RegistryError('UNAUTHORIZED', { detail, headers: { 'WWW-Authenticate': `Bearer ${challenge.join(',')}` } })
  }
}

function allows({ access = [] }: TokenClaims, { type, name, actions }: Access): boolean {
  const granted = access.filter((one) => one.type === type && one.name === name).flatMap((one) => one.actions ?? [])
  return granted.includes('*') || actions.every((action) => granted.includes(action))
}
