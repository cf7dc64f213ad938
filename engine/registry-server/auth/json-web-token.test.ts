import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyToken } from './json-web-token.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const trust = { keys: [rsa.publicKey, ec.publicKey], issuer: 'issuer', service: 'registry' }

const NOW_S = 1_800_000_000
const good = { iss: 'issuer', sub: 'somebody', aud: 'registry', exp: NOW_S + 300, nbf: NOW_S - 10, access: [] }

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function token(claims: object, key: KeyObject = ec.privateKey, alg = 'ES256'): string {
  const signed = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

const check = (text: string) => verifyToken(text, trust, NOW_S * 1000)

describe('verifyToken', () => {
  it.each([
    ['ES256', token(good)],
    ['RS256', token(good, rsa.privateKey, 'RS256')],
    ['several audiences', token({ ...good, aud: ['other', 'registry'] })],
    ['a clock that is a little off', token({ ...good, exp: NOW_S - 30, nbf: NOW_S + 30 })],
  ])('trusts %s', (_, text) => expect(check(text).sub).toBe('somebody'))

  const unsigned = `${encode({ alg: 'none' })}.${encode(good)}.`
  const symmetric = `${encode({ alg: 'HS256' })}.${encode(good)}`
  const publicKey = ec.publicKey.export({ type: 'spki', format: 'pem' })
  const changed = token(good).split('.')
  it.each([
    ['another issuer', token({ ...good, iss: 'somebody else' }), 'issued by somebody else'],
    ['another audience', token({ ...good, aud: 'other' }), 'it is for another service'],
    ['no audience', token({ ...good, aud: undefined }), 'it is for another service'],
    ['its end in the past', token({ ...good, exp: NOW_S - 61 }), 'it has expired'],
    ['no end', token({ ...good, exp: undefined }), 'it has expired'],
    ['its start in the future', token({ ...good, nbf: NOW_S + 61 }), 'it is not valid yet'],
    ['the key of a stranger', token(good, stranger.privateKey), 'the signature is none of ours'],
    ['no signature', unsigned, 'unsupported algorithm none'],
    ['our public key as a secret', `${symmetric}.${createHmac('sha256', publicKey).update(symmetric).digest('base64url')}`, 'unsupported algorithm HS256'],
    ['a key of another kind than its algorithm', token(good, ec.privateKey, 'RS256'), 'the signature is none of ours'],
    ['claims that were changed', `${changed[0]}.${encode({ ...good, sub: 'root' })}.${changed[2]}`, 'the signature is none of ours'],
  ])('refuses %s', (_, text, message) => expect(() => check(text)).toThrow(message))

  it.each(['', 'x', 'a.b', '..', `${token(good)}.more`])('refuses what is no token: %s', (text) => expect(() => check(text)).toThrow())
})
