import { describe, expect, it } from 'vitest'
import { binarySize } from './human-size.ts'

describe('binarySize', () => {
  it.each([
    ['32', 32],
    ['32b', 32],
    ['1k', 1024],
    ['1.5KB', 1536],
    ['2 MiB', 2 * 1024 ** 2],
    ['3G', 3 * 1024 ** 3],
    ['1p', 1024 ** 5],
  ])('%s', (text, bytes) => expect(binarySize(text)).toBe(bytes))

  it.each(['', 'x', '-1', '1e3', '1 k b', '1.2.3k', '1kk'])('%j is none', (text) =>
    expect(() => binarySize(text)).toThrow(new Error(`invalid size: '${text}'`)),
  )
})
