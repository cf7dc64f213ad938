import { describe, expect, it } from 'vitest'
import { checkTag, familiarName, fullRepository, parseReference, withDefaultTag } from './reference.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

describe('checkTag', () => {
  it.each(['v1.0-rc_2', '_', 'x'.repeat(128)])('%s is one', (tag) => expect(() => checkTag(tag)).not.toThrow())
  it.each(['a b', '-x', '.x', 'x'.repeat(129)])('%s is none', (tag) => expect(() => checkTag(tag)).toThrow('invalid tag format'))
})

describe('parseReference', () => {
  it.each([
    ['busybox', 'docker.io', 'library/busybox', undefined],
    ['busybox:1.36', 'docker.io', 'library/busybox', '1.36'],
    ['library/busybox', 'docker.io', 'library/busybox', undefined],
    ['docker.io/busybox', 'docker.io', 'library/busybox', undefined],
    ['index.docker.io/library/busybox', 'docker.io', 'library/busybox', undefined],
    ['user/app:v1', 'docker.io', 'user/app', 'v1'],
    ['localhost/app', 'localhost', 'app', undefined],
    ['localhost:5000/app:1', 'localhost:5000', 'app', '1'],
    ['quay.io/a/b/c', 'quay.io', 'a/b/c', undefined],
    ['[::1]:5000/app', '[::1]:5000', 'app', undefined],
    ['HOST/app', 'HOST', 'app', undefined],
    ['a__b/c-d.e', 'docker.io', 'a__b/c-d.e', undefined],
  ])('%s', (text, domain, path, tag) => expect(parseReference(text)).toEqual({ domain, path, tag, digest: undefined }))

  it('takes tag and digest', () => {
    expect(parseReference(`x:1@${DIGEST}`)).toMatchObject({ path: 'library/x', tag: '1', digest: DIGEST })
    expect(parseReference(`host:5000/x@${DIGEST}`)).toMatchObject({ domain: 'host:5000', path: 'x', digest: DIGEST })
  })

  it.each(['', ':', 'x:', 'x:.1', 'a b', '-x', 'x-', 'a//b', '/x', 'x/', 'a___b', 'x@sha256:abc', `x:${'t'.repeat(129)}`, 'host:port/x', 'x:1:2'])(
    '%j is malformed',
    (text) => expect(() => parseReference(text)).toThrow(expect.objectContaining({ kind: 'invalid', message: 'invalid reference format' })),
  )

  it('says when only the case is wrong', () => {
    expect(() => parseReference('Foo')).toThrow('invalid reference format: repository name (library/Foo) must be lowercase')
    expect(() => parseReference('user/Foo')).toThrow('invalid reference format: repository name (user/Foo) must be lowercase')
  })

  it('does not take an id for a name', () => {
    expect(() => parseReference('a'.repeat(64))).toThrow(`invalid repository name (${'a'.repeat(64)}), cannot specify 64-byte hexadecimal strings`)
  })
})

describe('what people see', () => {
  it.each(['busybox:1', 'user/app', 'localhost:5000/x:1', `quay.io/a/b@${DIGEST}`])('%s stays as it is', (text) => {
    expect(familiarName(parseReference(text))).toBe(text)
  })

  it('hides what everybody has', () => {
    expect(familiarName(parseReference('docker.io/library/x:1'))).toBe('x:1')
    expect(fullRepository(parseReference('x'))).toBe('docker.io/library/x')
  })

  it('a tag is added only where nothing else says which', () => {
    expect(familiarName(withDefaultTag(parseReference('x')))).toBe('x:latest')
    expect(familiarName(withDefaultTag(parseReference('x:1')))).toBe('x:1')
    expect(familiarName(withDefaultTag(parseReference(`x@${DIGEST}`)))).toBe(`x@${DIGEST}`)
  })
})
