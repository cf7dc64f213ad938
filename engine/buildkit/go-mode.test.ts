import { expect, it } from 'vitest'
import { goMode, kernelPermissions } from './go-mode.ts'

// Go's fs.FileMode of the same files, as os.Lstat gives them.
it.each([
  ['a folder', 0o040755, 0x800001ed],
  ['a sticky folder', 0o041777, 0x801001ff],
  ['a file', 0o100640, 0x1a0],
  ['a set-user-ID program', 0o104755, 0x8001ed],
  ['a set-group-ID program', 0o102755, 0x4001ed],
  ['a symbolic link', 0o120777, 0x80001ff],
  ['a pipe', 0o010600, 0x2000180],
  ['a character device', 0o020666, 0x42001b6],
  ['a block device', 0o060660, 0x40001b0],
  ['a socket', 0o140755, 0x10001ed],
])('%s', (_, kernel, go) => {
  expect(goMode(kernel)).toBe(go)
  expect(kernelPermissions(go)).toBe(kernel & 0o7777)
})
