import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ARCHES } from './arch.ts'
import { formatLockFile, type LockedFile, parseLockFile } from './lock-file.ts'
import { debianRecipe, npmRecipe } from './recipe.ts'

const COMMITTED = readFileSync(new URL('packages.lock.json', import.meta.url), 'utf8')

function file(name: string, change: Partial<Record<keyof LockedFile, unknown>> = {}) {
  return { name, version: '1', urls: ['https://deb.debian.org/x.deb'], sha256: 'a'.repeat(64), sizeBytes: 1, ...change }
}

function lockWith(one: object): string {
  const arch = { kernel: '6.1.0-56-amd64', debian: [one], npm: [] }
  return JSON.stringify({ x86_64: arch, arm64: arch })
}

describe('the lock that is committed', () => {
  const lock = parseLockFile(COMMITTED)

  it.each(Object.values(ARCHES))('names each package of the recipe for $name, and the kernel, once', (arch) => {
    const { kernel, debian, npm } = lock[arch.name]
    const names = debian.map(({ name }) => name)
    expect(names).toEqual([...Object.keys(debianRecipe(arch)), `linux-image-${kernel}`].sort())
    const { node, libraries } = npmRecipe(arch)
    expect(npm.map(({ name }) => name)).toEqual([node, ...libraries].sort())
  })

  it('is laid out as a refresh would', () => expect(formatLockFile(lock)).toBe(COMMITTED))

  it('has the versions that package.json says', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const versions = new Map(Object.values(lock).flatMap(({ npm }) => npm.map(({ name, version }) => [name, version] as const)))
    for (const arch of ['x64', 'arm64']) expect(versions.get(`node-linux-${arch}`)).toBe(optionalDependencies?.[`node-linux-${arch}`])
    for (const name of ['better-sqlite3', 'node-unix-socket']) expect(versions.get(name)).toBe(dependencies?.[name])
  })
})

describe('a lock that is wrong', () => {
  it.each([
    ['an address without TLS', { urls: ['http://deb.debian.org/x.deb'] }, 'x86_64.debian[0].urls is no list of https addresses'],
    ['no address', { urls: [] }, 'x86_64.debian[0].urls is no list of https addresses'],
    ['a hash that is none', { sha256: 'abc' }, 'x86_64.debian[0].sha256 is no SHA-256'],
    ['a size that is none', { sizeBytes: -1 }, 'x86_64.debian[0].sizeBytes is no size'],
    ['no version', { version: '' }, 'x86_64.debian[0].version is no text'],
  ])('%s', (_, change, message) => expect(() => parseLockFile(lockWith(file('tini', change)))).toThrow(message))

  it('an architecture that is missing', () => expect(() => parseLockFile('{}')).toThrow('packages.lock.json has no x86_64'))
})
