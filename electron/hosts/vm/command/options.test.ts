import { expect, test } from 'vitest'
import { vmOptions } from './options.ts'

test.each([
  [[], undefined],
  [['--host-network'], true],
  [['--no-host-network'], false],
])('start %j: whether --network host has the localhost of this computer is %j', (flags, expected) => {
  expect(vmOptions(['start', ...flags]).hostNetwork).toBe(expected)
})

test('both at once are refused', () => {
  expect(() => vmOptions(['start', '--host-network', '--no-host-network'])).toThrow('--host-network goes not with --no-host-network')
})
