import { expect, test } from 'vitest'
import { candidates } from './accelerators.ts'

test.each([
  ['linux', 'x64', 'x86_64', ['kvm', 'tcg']],
  ['linux', 'arm64', 'arm64', ['kvm', 'tcg']],
  ['darwin', 'arm64', 'arm64', ['hvf', 'tcg']],
  ['darwin', 'x64', 'x86_64', ['hvf', 'tcg']],
  ['win32', 'x64', 'x86_64', ['whpx', 'tcg']],
  ['darwin', 'arm64', 'x86_64', ['tcg']],
  ['freebsd', 'x64', 'x86_64', ['tcg']],
] as const)('%s on %s tries for a guest of %s: %j', (platform, host, guest, expected) => {
  expect(candidates(platform, host, guest)).toEqual(expected)
})
