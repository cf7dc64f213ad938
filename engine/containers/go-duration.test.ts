import { expect, it } from 'vitest'
import { goDuration } from './go-duration.ts'

it.each([
  [1, '1ms'],
  [200, '200ms'],
  [1000, '1s'],
  [1500, '1.5s'],
  [30_000, '30s'],
  [60_000, '1m0s'],
  [90_500, '1m30.5s'],
  [7_200_000, '2h0m0s'],
])('%d ms is %s', (milliseconds, text) => {
  expect(goDuration(milliseconds)).toBe(text)
})
