import { expect, it } from 'vitest'
import { groupPieces } from './s3-multipart.ts'

const MIB = 1024 * 1024

it.each([
  ['large ones are parts of their own', [8, 8, 3], [[8], [8], [3]]],
  ['small ones go together until they are large enough', [1, 1, 8, 8], [[1, 1, 8], [8]]],
  ['only the last part may be small', [4, 1, 4], [[4, 1], [4]]],
  ['a single small one', [1], [[1]]],
  ['none', [], []],
])('%s', (_, sizes, parts) => {
  const pieces = sizes.map((size) => ({ path: '', sizeBytes: size * MIB }))
  expect(groupPieces(pieces).map((part) => part.map(({ sizeBytes }) => sizeBytes / MIB))).toEqual(parts)
})
