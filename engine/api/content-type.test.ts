import { describe, expect, it } from 'vitest'
import { checkJsonType } from './content-type.ts'

describe('a body is JSON', () => {
  it.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8', ' application/json ;charset="utf-8" ; a=b;'])('%s', (type) => {
    expect(() => checkJsonType(type)).not.toThrow()
  })
})

describe('a body is none', () => {
  it.each([
    ['text/plain', "unsupported Content-Type header (text/plain): must be 'application/json'"],
    ['text', "unsupported Content-Type header (text): must be 'application/json'"],
    ['application/json5', "unsupported Content-Type header (application/json5): must be 'application/json'"],
    ['', 'malformed Content-Type header (): mime: no media type'],
    [';a=b', 'malformed Content-Type header (;a=b): mime: no media type'],
    ['x y/z', 'malformed Content-Type header (x y/z): mime: expected slash after first token'],
    ['x/', 'malformed Content-Type header (x/): mime: expected token after slash'],
    ['x/y z', 'malformed Content-Type header (x/y z): mime: unexpected content after media subtype'],
    ['application/json;;', 'malformed Content-Type header (application/json;;): mime: invalid media parameter'],
    ['application/json; charset', 'malformed Content-Type header (application/json; charset): mime: invalid media parameter'],
    ['application/json; a=b; A=c', 'malformed Content-Type header (application/json; a=b; A=c): mime: duplicate parameter name'],
  ])('%s', (type, message) => {
    expect(() => checkJsonType(type)).toThrow(expect.objectContaining({ kind: 'invalid', message }))
  })
})
