import { describe, expect, it } from 'vitest'
import { parseDuration } from './duration.ts'

describe('parseDuration', () => {
  it.each([
    ['1m30s', 90_000_000_000n],
    ['100ms', 100_000_000n],
    ['1.5h', 5400_000_000_000n],
    ['2us', 2000n],
    ['2µs', 2000n],
    ['7ns', 7n],
    ['0s', 0n],
  ])('%s', (text, expected) => expect(parseDuration(text)).toBe(expected))

  it.each(['', '5', 's', '5x', '1m 30s', 'm5'])('%j is none', (text) => expect(parseDuration(text)).toBeUndefined())
})
