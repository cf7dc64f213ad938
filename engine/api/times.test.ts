import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { goTime, humanDuration, parseTime, unixSeconds } from './times.ts'

describe('goTime', () => {
  it.each([
    ['2026-11-24T10:00:00.500Z', '2026-11-24T10:00:00.5Z'],
    ['2026-11-24T10:00:00.000Z', '2026-11-24T10:00:00Z'],
    ['2026-11-24T10:00:00.123456789Z', '2026-11-24T10:00:00.123456789Z'],
    ['2026-11-24T10:00:00.120000000Z', '2026-11-24T10:00:00.12Z'],
    ['2026-11-24T10:00:00Z', '2026-11-24T10:00:00Z'],
    [undefined, '0001-01-01T00:00:00Z'],
    ['', '0001-01-01T00:00:00Z'],
  ])('%s', (iso, expected) => expect(goTime(iso)).toBe(expected))
})

describe('unixSeconds', () => {
  it('rounds down', () => expect(unixSeconds('2026-11-24T10:00:00.999Z')).toBe(1795514400))
})

describe('parseTime', () => {
  beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-24T10:00:00Z') }))
  afterEach(() => void vi.useRealTimers())

  it.each([
    ['1700000000', 1700000000_000000000n],
    ['1700000000.123456789', 1700000000_123456789n],
    ['1700000000.5', 1700000000_500000000n],
    ['0', 0n],
    ['2023-11-14T22:13:20Z', 1700000000_000000000n],
    ['2023-11-14T22:13:20.123456789Z', 1700000000_123456789n],
    ['2023-11-14T23:13:20.5+01:00', 1700000000_500000000n],
    ['10m', 1795513800_000000000n],
    ['1h30m', 1795509000_000000000n],
  ])('%s', (text, expected) => expect(parseTime(text)).toBe(expected))

  it.each(['', 'yesterday', '5 minutes', '1.2.3', '2026-13-45'])('%j is no time', (text) => {
    expect(() => parseTime(text)).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })
})

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('humanDuration', () => {
  it.each([
    [0, 'Less than a second'],
    [999, 'Less than a second'],
    [SECOND, '1 second'],
    [59.9 * SECOND, '59 seconds'],
    [MINUTE, 'About a minute'],
    [119 * SECOND, 'About a minute'],
    [2 * MINUTE, '2 minutes'],
    [59.9 * MINUTE, '59 minutes'],
    [HOUR, 'About an hour'],
    [89 * MINUTE, 'About an hour'],
    [90 * MINUTE, '2 hours'],
    [47 * HOUR, '47 hours'],
    [48 * HOUR, '2 days'],
    [13 * DAY, '13 days'],
    [14 * DAY, '2 weeks'],
    [59 * DAY, '8 weeks'],
    [60 * DAY, '2 months'],
    [729 * DAY, '24 months'],
    [730 * DAY, '2 years'],
  ])('%d ms: %s', (milliseconds, expected) => expect(humanDuration(milliseconds)).toBe(expected))
})
