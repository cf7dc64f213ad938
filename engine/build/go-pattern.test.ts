import { expect, test } from 'vitest'
import { goPattern } from './go-pattern.ts'

test.each([
  ['*', 'a.txt', true],
  ['*', '.hidden', true],
  ['*.txt', 'a.txt', true],
  ['*.txt', 'a.txt.gz', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['[a-c]1', 'b1', true],
  ['[^a-c]1', 'b1', false],
  ['[^a-c]1', 'z1', true],
  ['no[t]here*', 'nothere.md', true],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['{a,b}', 'a', false],
  ['{a,b}', '{a,b}', true],
  ['a.c', 'abc', false],
  ['[\\]]', ']', true],
  ['[z-a]', 'b', false],
  ['[', '[', false],
])('%s and %s: %s', (pattern, name, matches) => {
  expect(goPattern(pattern).test(name)).toBe(matches)
})
