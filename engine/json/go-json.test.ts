import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { decodeObject } from './go-json.ts'

const Schema = Type.Object({
  Image: Type.Optional(Type.String()),
  Tty: Type.Optional(Type.Boolean()),
  Count: Type.Optional(Type.Integer()),
  Share: Type.Optional(Type.Number()),
  Env: Type.Optional(Type.Array(Type.String())),
  Cmd: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()])),
  Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  Pointers: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))),
  HostConfig: Type.Optional(Type.Object({ Memory: Type.Optional(Type.Integer()) })),
  Anything: Type.Optional(Type.Unknown()),
})

describe('decodeObject', () => {
  it.each<[string, unknown, object]>([
    ['field names in any case', { image: 'x', hostconfig: { MEMORY: 5 } }, { Image: 'x', HostConfig: { Memory: 5 } }],
    ['keys of maps as they are', { Labels: { A: '1', a: '2' } }, { Labels: { A: '1', a: '2' } }],
    ['null is unset', { Image: null, Env: null, HostConfig: null, Tty: null }, {}],
    ['null in a list is the zero value', { Env: ['A=1', null] }, { Env: ['A=1', ''] }],
    ['null in a map is the zero value', { Labels: { a: null } }, { Labels: { a: '' } }],
    ['null in a map of pointers stays', { Pointers: { a: null, b: 'x' } }, { Pointers: { a: null, b: 'x' } }],
    ['unknown fields are ignored', { NoSuch: 1, Image: 'x' }, { Image: 'x' }],
    ['one string or a list', { Cmd: 'sh -c' }, { Cmd: 'sh -c' }],
    ['one string or a list, a list', { Cmd: ['sh'] }, { Cmd: ['sh'] }],
    ['a fraction where one is allowed', { Share: 0.5 }, { Share: 0.5 }],
    ['what is not looked into', { Anything: [{ deep: 1 }] }, { Anything: [{ deep: 1 }] }],
  ])('%s', (_, value, expected) => expect(decodeObject(Schema, value)).toEqual(expected))

  it.each<[unknown, string]>([
    [{ Image: 5 }, 'json: cannot unmarshal number 5 into Go struct field .Image of type string'],
    [{ Tty: 'true' }, 'json: cannot unmarshal string into Go struct field .Tty of type bool'],
    [{ Count: '5' }, 'json: cannot unmarshal string into Go struct field .Count of type int64'],
    [{ Count: 1.5 }, 'json: cannot unmarshal number 1.5 into Go struct field .Count of type int64'],
    [{ Env: 'A=1' }, 'json: cannot unmarshal string into Go struct field .Env of type slice'],
    [{ Env: [1] }, 'json: cannot unmarshal number 1 into Go struct field .Env of type string'],
    [{ Cmd: true }, 'json: cannot unmarshal bool into Go struct field .Cmd of type array'],
    [{ HostConfig: { Memory: [] } }, 'json: cannot unmarshal array into Go struct field .HostConfig.Memory of type int64'],
    [[], 'json: cannot unmarshal array into Go value of type struct'],
    ['x', 'json: cannot unmarshal string into Go value of type struct'],
  ])('%j: %s', (value, message) => {
    expect(() => decodeObject(Schema, value)).toThrow(expect.objectContaining({ kind: 'invalid', message: `invalid JSON: ${message}` }))
  })

  it('takes nothing at all for an object without fields', () => expect(decodeObject(Type.Object({ A: Type.Optional(Type.String()) }), null)).toEqual({}))

  it('keeps a prototype out of the way', () => {
    expect(decodeObject(Schema, JSON.parse('{"constructor":"x","__proto__":{"Image":"evil"}}'))).toEqual({})
    expect(decodeObject(Schema, JSON.parse('{"Labels":{"__proto__":"x"}}'))).toEqual({ Labels: JSON.parse('{"__proto__":"x"}') })
  })
})
