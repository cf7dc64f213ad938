import { describe, expect, it } from 'vitest'
import { registryAuth } from './auth.ts'

const encode = (value: unknown, alphabet: 'base64' | 'base64url' = 'base64url') => Buffer.from(JSON.stringify(value)).toString(alphabet)
const none = { username: '', password: '', identityToken: '', registryToken: '' }

describe('X-Registry-Auth', () => {
  it.each(['base64', 'base64url'] as const)('is read in the alphabet %s', (alphabet) => {
    const value = { username: 'ü>?', password: 'p~~?>', serveraddress: 'https://index.docker.io/v1/' }
    expect(registryAuth(encode(value, alphabet))).toEqual({ ...none, username: 'ü>?', password: 'p~~?>' })
  })

  it('may hold a token of either kind', () => {
    expect(registryAuth(encode({ identitytoken: 'i' }))).toEqual({ ...none, identityToken: 'i' })
    expect(registryAuth(encode({ registrytoken: 'r' }))).toEqual({ ...none, registryToken: 'r' })
  })

  it.each([
    ['nothing', ''],
    ['null, as old clients send', 'bnVsbA=='],
    ['an empty object', encode({})],
    ['a list', encode([])],
    ['a number', encode(5)],
    ['fields of another type', encode({ username: 5, password: null })],
    ['no base64', '%%%'],
    ['no JSON', Buffer.from('{').toString('base64')],
  ])('%s means nobody, never an error', (_, header) => expect(registryAuth(header)).toBeUndefined())
})
