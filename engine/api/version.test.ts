import { describe, expect, it } from 'vitest'
import { API_VERSION, checkVersion, MIN_API_VERSION } from './version.ts'

describe('checkVersion', () => {
  it.each([MIN_API_VERSION, '1.30', '1.41', API_VERSION])('speaks %s', (text) => expect(checkVersion(text).toString()).toBe(text))

  it.each(['1.52', '2.0', '1.510'])('%s is too new', (text) => {
    expect(() => checkVersion(text)).toThrow(
      expect.objectContaining({ kind: 'invalid', message: `client version ${text} is too new. Maximum supported API version is 1.51` }),
    )
  })

  it.each(['1.23', '1.9', '0.1', '1'])('%s is too old', (text) => {
    expect(() => checkVersion(text)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        message: `client version ${text} is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version`,
      }),
    )
  })

  it('speaks older ones where an endpoint does', () => {
    expect(checkVersion('1.22', '1.22').toString()).toBe('1.22')
    expect(() => checkVersion('1.21', '1.22')).toThrow('Minimum supported API version is 1.24')
  })

  it('compares numbers, not letters', () => {
    expect(checkVersion('1.41').atLeast('1.5')).toBe(true)
    expect(checkVersion('1.41').atLeast('1.41')).toBe(true)
    expect(checkVersion('1.41').atLeast('1.42')).toBe(false)
  })
})
