import { describe, expect, test } from 'vitest'
import { expandWord, splitWords } from './words.ts'

const variables: Readonly<Record<string, string>> = { NAME: 'value', EMPTY: '', PATHS: '/a/b/c.tar.gz' }
const expand = (word: string) => expandWord(word, (name) => variables[name])

describe('splitWords', () => {
  test('splits outside of quotes and escapes', () => {
    expect(splitWords(`a "b c" 'd e' f\\ g`)).toEqual(['a', '"b c"', "'d e'", 'f\\ g'])
  })
})

describe('expandWord', () => {
  test.each([
    ['$NAME', 'value'],
    ['${NAME}x', 'valuex'],
    ['a$NOPE-b', 'a-b'],
    ['\\$NAME', '$NAME'],
    ["'$NAME'", '$NAME'],
    ['"$NAME \\"x\\""', 'value "x"'],
    ['${NOPE:-$NAME}', 'value'],
    ['${EMPTY:-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${NAME:+set}', 'set'],
    ['${NOPE:+set}', ''],
    ['${PATHS#*/}', 'a/b/c.tar.gz'],
    ['${PATHS##*/}', 'c.tar.gz'],
    ['${PATHS%.*}', '/a/b/c.tar'],
    ['${PATHS%%.*}', '/a/b/c'],
    ['${PATHS/a/z}', '/z/b/c.tar.gz'],
    ['${PATHS//a/z}', '/z/b/c.tzr.gz'],
    ['100$', '100$'],
  ])('%s is %s', (word, expected) => {
    expect(expand(word)).toBe(expected)
  })

  test.each([
    ['${NOPE:?is needed}', 'NOPE: is needed'],
    ['${NAME', 'unsupported modifier () in substitution'],
    ['${NAME@x}', 'unsupported modifier (@) in substitution'],
    ['${', "syntax error: missing '}'"],
    ['${}', 'syntax error: bad substitution'],
    ['${EMPTY:?}', 'EMPTY: is not allowed to be empty'],
    ['${NAME:-x', "syntax error: missing '}'"],
    ['"open', 'matching double-quote'],
  ])('%s is refused', (word, message) => {
    expect(() => expand(word)).toThrow(message)
  })
})
