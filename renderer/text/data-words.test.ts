import { expect, test } from 'vitest'
import type { PrunePlan } from '../api/data-root.ts'
import { countWords, disk, planSections, pruneWords } from './data-words.ts'

const NOTHING: PrunePlan = { containers: [], images: [], imageBytes: 0, volumes: [], buildCaches: [], bytes: 0 }

test('the disk is divided into ours, that of others, and what is free', () => {
  const kind = { kind: 'images', count: 1, active: 0, bytes: 10, reclaimableBytes: 0 }
  const usage = {
    root: '/x',
    totalBytes: 1000,
    freeBytes: 300,
    kinds: [
      { ...kind, diskBytes: 150 },
      { ...kind, diskBytes: 50 },
    ],
  }
  expect(disk(usage)).toMatchObject({ ownBytes: 200, ownShare: 0.2, othersShare: 0.5 })
  expect(disk({ ...usage, totalBytes: 0 })).toMatchObject({ ownShare: 0, othersShare: 0 })
})

test.each([
  [undefined, undefined, ''],
  [0, 0, 'none'],
  [1200, 3, '1,200, 3 in use'],
])('%s things, %s active', (count, active, words) => expect(countWords({ count, active })).toBe(words))

test('a plan is told kind by kind, with names', () => {
  const plan: PrunePlan = {
    ...NOTHING,
    containers: [
      { id: 'a', name: 'old', bytes: 10 },
      { id: 'b', name: 'older', bytes: 5 },
    ],
    images: [{ id: `sha256:${'ab'.repeat(32)}`, names: [] }],
    imageBytes: 1000,
    bytes: 1015,
  }
  expect(planSections(plan)).toEqual([
    expect.objectContaining({ bytes: 15, lines: [expect.objectContaining({ name: 'old', bytes: 10 }), expect.objectContaining({ name: 'older' })] }),
    expect.objectContaining({ bytes: 1000, lines: [expect.objectContaining({ name: 'abababababab, without a name', bytes: undefined })] }),
  ])
  expect(pruneWords(plan)).toBe('Remove 3 things, 1.01 kB')
  expect(planSections(NOTHING)).toEqual([])
})
