import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { decodeJson } from './json-body.ts'

const Body = Type.Object({ Name: Type.Optional(Type.String()) })

describe('decodeJson', () => {
  it('decodes', () => expect(decodeJson(Body, ' {"Name":"x"}\n')).toEqual({ Name: 'x' }))

  it.each([
    ['', 'invalid JSON: got EOF while reading request body'],
    [' \n', 'invalid JSON: got EOF while reading request body'],
    ['{"Name":', 'invalid JSON: unexpected EOF'],
    ['{x}', "invalid JSON: invalid character 'x' looking for beginning of object key string"],
    ['{"Name":"a"} trailing', 'unexpected content after JSON'],
    ['{"Name":7}', 'invalid JSON: json: cannot unmarshal number 7 into Go struct field .Name of type string'],
  ])('%j', (text, message) => expect(() => decodeJson(Body, text)).toThrow(expect.objectContaining({ kind: 'invalid', message })))
})
