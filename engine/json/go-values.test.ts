import { describe, expect, it } from 'vitest'
import { goBoolean, goInteger, notABoolean } from './go-values.ts'

describe('goBoolean', () => {
  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('%s is true', (text) => expect(goBoolean(text)).toBe(true))
  it.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('%s is false', (text) => expect(goBoolean(text)).toBe(false))
  it.each(['', 'yes', 'tRUE', '2', ' true', 'on'])('%j is neither', (text) => expect(goBoolean(text)).toBeUndefined())
  it('is refused in the words of Go', () => expect(notABoolean('"x"')).toBe(String.raw`strconv.ParseBool: parsing "\"x\"": invalid syntax`))
})

describe('goInteger', () => {
  it.each([
    ['0', 0],
    ['+7', 7],
    ['-12', -12],
    ['007', 7],
  ])('%s', (text, value) => expect(goInteger(text)).toBe(value))

  it.each([
    ['', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['1.0', 'strconv.ParseInt: parsing "1.0": invalid syntax'],
    ['0x10', 'strconv.ParseInt: parsing "0x10": invalid syntax'],
    ['9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ])('%j is none', (text, message) => expect(() => goInteger(text)).toThrow(new Error(message)))

  it('names the function that was asked', () => expect(() => goInteger('x', 'Atoi')).toThrow('strconv.Atoi: parsing "x": invalid syntax'))
})
