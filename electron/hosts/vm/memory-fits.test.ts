import { expect, test } from 'vitest'
import { checkMemoryFits } from './memory-fits.ts'

const GIB = 1024 ** 3

test('a machine may have all that the computer has', () => {
  expect(() => checkMemoryFits(8 * GIB, 8 * GIB)).not.toThrow()
})

test('more is refused, with how much there is', () => {
  const words = 'The virtual machine is to have 64 GiB of memory, and this computer has 8 GiB.'
  expect(() => checkMemoryFits(64 * GIB, 8 * GIB)).toThrow(expect.objectContaining({ message: words, remedy: expect.stringContaining('--memory 2g') }))
})
