import { describe, expect, it } from 'vitest'
import { parsePairs, readEnvironment } from './env-file.ts'

const known = (name: string) => (name === 'HOME' ? '/root' : undefined)

describe('parsePairs', () => {
  it('keeps values as they are, skips comments, looks up names alone', () => {
    expect(parsePairs('\uFEFFA=1\n# no\n\n  B= x # y \nHOME\nUNKNOWN\nC=\r\n', known)).toEqual(['A=1', 'B= x # y ', 'HOME=/root', 'C='])
  })
  it('refuses a name with a space, and none', () => {
    expect(() => parsePairs('a b=1', known)).toThrow("variable 'a b' contains whitespaces")
    expect(() => parsePairs('=1', known)).toThrow("no variable name on line '=1'")
  })
  it('says which file is missing', () => expect(() => readEnvironment(['/nope'])).toThrow('open /nope: no such file or directory'))
})
