import { type KeyObject, verify } from 'node:crypto'
import { type Static, type TSchema, Type } from 'typebox'
import { decodeObject } from '../../json/go-json.ts'

/** Clocks of two machines may differ by this much. */
const LEEWAY_S = 60

const Header = Type.Object({ alg: Type.Optional(Type.String()) })
const Claims = Type.Object({
  iss: Type.Optional(Type.String()),
  sub: Type.Optional(Type.String()),
  aud: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
  exp: Type.Optional(Type.Number()),
  nbf: Type.Optional(Type.Number()),
  access: Type.Optional(
    Type.Array(Type.Object({ type: Type.Optional(Type.String()), name: Type.Optional(Type.String()), actions: Type.Optional(Type.Array(Type.String())) })),
  ),
})
export type TokenClaims = Static<typeof Claims>

/** What is signed how: the algorithms of which a key can be meant. Anything else, `none` above all, is refused. */
const ALGORITHMS: Readonly<Record<string, { readonly keyType: string; readonly curve?: string }>> = {
  RS256: { keyType: 'rsa' },
  ES256: { keyType: 'ec', curve: 'prime256v1' },
}

export interface TokenTrust {
  readonly keys: readonly KeyObject[]
  readonly issuer: string
  readonly service: string
}

/**
 * @returns what a token says
 * @throws Error that tells why it is not to be trusted
 * @see RFC 7515, RFC 7519; docker's "Token Authentication Specification"
 */
export function verifyToken(token: string, { keys, issuer, service }: TokenTrust, nowMs = Date.now()): TokenClaims {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.')
  const { alg = '' } = decode(Header, header)
  const algorithm = Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined
  if (!algorithm || rest.length > 0) throw new Error(`unsupported algorithm ${alg}`)
  const fitting = keys.filter((key) => key.asymmetricKeyType === algorithm.keyType && key.asymmetricKeyDetails?.namedCurve === algorithm.curve)
  const signed = Buffer.from(`${header}.${payload}`)
  const isSignedBy = (key: KeyObject) => verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
  if (!fitting.some(isSignedBy)) throw new Error('the signature is none of ours')
  const claims = decode(Claims, payload)
  const now = nowMs / 1000
  if (claims.iss !== issuer) throw new Error(`issued by ${claims.iss}`)
  if (![claims.aud ?? []].flat().includes(service)) throw new Error('it is for another service')
  if (claims.exp === undefined || claims.exp + LEEWAY_S < now) throw new Error('it has expired')
  if (claims.nbf !== undefined && claims.nbf - LEEWAY_S > now) throw new Error('it is not valid yet')
  return claims
}

function decode<T extends TSchema>(schema: T, part: string): Static<T> {
  return decodeObject(schema, JSON.parse(Buffer.from(part, 'base64url').toString('utf8')))
}
