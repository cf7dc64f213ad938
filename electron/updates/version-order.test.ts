import { expect, test } from 'vitest'
import { isNewer } from './version-order.ts'

/** @see https://semver.org/#spec-item-11 */
const ORDER = [
  '0.9.9',
  '0.10.0',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.1',
]

test.each(ORDER.flatMap((one, left) => ORDER.map((other, right) => [one, other, left > right] as const)))('%s after %s: %s', (one, other, isLater) => {
  expect(isNewer(one, other)).toBe(isLater)
})
