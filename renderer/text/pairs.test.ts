import { expect, test } from 'vitest'
import { readPairs } from './pairs.ts'

test.each([
  ['', {}],
  ['team=a\n  stage = x=y \n\n', { team: 'a', 'stage ': ' x=y' }],
  ['alone', { alone: '' }],
  ['a=1\na=2', { a: '2' }],
])('%j', (text, pairs) => {
  expect(readPairs(text)).toEqual(pairs)
})
