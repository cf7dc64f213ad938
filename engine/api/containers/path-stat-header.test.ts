import { expect, it } from 'vitest'
import { goMode, pathStatHeader } from './path-stat-header.ts'

it.each([
  ['a folder', 0o40755, 2_147_484_141],
  ['a link', 0o120777, 134_218_239],
  ['a file', 0o100644, 420],
  ['a setuid file', 0o104755, 8_389_101],
  ['a sticky folder', 0o41777, 2_148_532_735],
  ['a pipe', 0o10644, 33_554_852],
  ['a socket', 0o140755, 16_777_709],
  ['a character device', 0o20620, 69_206_416],
  ['a block device', 0o60660, 67_109_296],
])('%s has the mode that Go has', (_, mode, expected) => {
  expect(goMode(mode)).toBe(expected)
})

it.each([
  [1_700_000_000_123_456_789n, '2023-11-14T22:13:20.123456789Z'],
  [1_700_000_000_500_000_000n, '2023-11-14T22:13:20.5Z'],
  [1_700_000_000_000_000_000n, '2023-11-14T22:13:20Z'],
  [-1n, '1969-12-31T23:59:59.999999999Z'],
])('the time %i is written as Go writes it', (modifiedNs, mtime) => {
  const header = pathStatHeader({ name: 'x', sizeBytes: 5, mode: 0o100644, modifiedNs, linkTarget: '' })
  expect(JSON.parse(Buffer.from(header, 'base64').toString())).toEqual({ name: 'x', size: 5, mode: 420, mtime, linkTarget: '' })
})
