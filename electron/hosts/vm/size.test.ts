import { expect, test } from 'vitest'
import { formatSize, parseSize } from './size.ts'

test.each([
  ['512', 512],
  ['512m', 512 * 1024 ** 2],
  ['1.5 GiB', 1.5 * 1024 ** 3],
  ['64gb', 64 * 1024 ** 3],
  ['1T', 1024 ** 4],
])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes))

test.each(['', 'much', '-1', '1x', '1 2'])('%j is no size', (text) => expect(() => parseSize(text)).toThrow('invalid size'))

test.each([
  [0, '0 B'],
  [1536, '1.5 KiB'],
  [64 * 1024 ** 3, '64 GiB'],
])('%d bytes', (bytes, text) => expect(formatSize(bytes)).toBe(text))
