import { describe, expect, it } from 'vitest'
import { humanBinarySize, humanSize } from './size.ts'

describe('humanSize', () => {
  it.each([
    [0, '0B'],
    [999, '999B'],
    [1000, '1kB'],
    [1_986_000, '1.986MB'],
    [77_600_000, '77.6MB'],
    [1_234_567_890, '1.235GB'],
  ])('%d is %s', (bytes, text) => expect(humanSize(bytes)).toBe(text))

  it('takes fewer digits for lists', () => {
    expect(humanSize(1_986_000, 3)).toBe('1.99MB')
    expect(humanSize(123_456_789, 3)).toBe('123MB')
  })

  it('has binary units for memory', () => expect(humanBinarySize(8_217_337_856)).toBe('7.653GiB'))
})
