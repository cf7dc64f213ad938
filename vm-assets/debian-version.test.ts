import { describe, expect, it } from 'vitest'
import { compareDebianVersions } from './debian-version.ts'

describe('versions of Debian packages', () => {
  it.each([
    ['1.0-1', '1.0-2'],
    ['1.0~rc1-1', '1.0-1'],
    ['9', '10'],
    ['1.0', '1.0+deb12u1'],
    ['1.0-1', '1.0-1+b1'],
    ['6.1.176-1', '6.1.192-2'],
    ['2.36-9+deb12u9', '2.36-9+deb12u14'],
    ['9.9', '1:0.1'],
    ['1.0a', '1.0+'],
    ['1.2', '1.10'],
    ['1.0~~', '1.0~'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareDebianVersions(older, newer)).toBeLessThan(0)
    expect(compareDebianVersions(newer, older)).toBeGreaterThan(0)
  })

  it.each([
    ['1.0-1', '1.0-1'],
    ['0:1.0', '1.0'],
    ['1.00', '1.0'],
  ])('%s is as old as %s', (a, b) => expect(compareDebianVersions(a, b)).toBe(0))
})
