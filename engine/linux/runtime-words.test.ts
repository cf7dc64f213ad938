import { expect, it } from 'vitest'
import { runtimeWords } from './runtime-words.ts'

it.each([
  ['  plain words\n', 'plain words'],
  [String.raw`time="x" level=warning msg="first" time="y" level=error msg="exec: \"nosuch\": not found"`, 'exec: "nosuch": not found'],
  [String.raw`msg="two\nlines"`, 'two\nlines'],
])('%j', (text, words) => expect(runtimeWords(text)).toBe(words))
