import { expect, it } from 'vitest'
import { until } from '../../../tests/harness/until.ts'
import { digestOf } from '../../images/digest.ts'
import { BATCH_BYTES, DigestThread } from './digest-thread.ts'
import { GrowingDigest } from './growing-digest.ts'

const WHOLE = Buffer.alloc(BATCH_BYTES, 'whole')
const PART = Buffer.from('part')

it.each([
  ['nothing', []],
  ['little', [PART]],
  ['a little, and then much', [PART, WHOLE, PART]],
  ['much', [WHOLE, WHOLE, PART]],
])('of %s is right, and goes on after it was told', async (_, batches) => {
  const digest = new GrowingDigest(new DigestThread())
  for (const [index, batch] of batches.entries()) {
    await digest.add(batch)
    expect(await digest.value()).toBe(digestOf(Buffer.concat(batches.slice(0, index + 1))))
  }
  expect(await digest.value()).toBe(digestOf(Buffer.concat(batches)))
})

it('of several at a time are kept apart', async () => {
  const thread = new DigestThread()
  const digests = ['a', 'b', 'c'].map((letter) => ({ digest: new GrowingDigest(thread), batch: Buffer.alloc(BATCH_BYTES, letter) }))
  for (let turn = 0; turn < 3; turn++) await Promise.all(digests.map(({ digest, batch }) => digest.add(batch)))
  for (const { digest, batch } of digests) expect(await digest.value()).toBe(digestOf(Buffer.concat([batch, batch, batch])))
})

it('is unknown, and never wrong, once the thread has ended; the next one has a thread again', async () => {
  const thread = new DigestThread(1)
  const digest = new GrowingDigest(thread)
  await digest.add(WHOLE)
  await until('the thread to end', async () => (await digest.value()) === undefined)
  await digest.add(WHOLE)
  expect(await digest.value()).toBeUndefined()
  const next = new GrowingDigest(thread)
  await next.add(WHOLE)
  expect([digestOf(WHOLE), undefined]).toContain(await next.value())
  expect(await digest.value()).toBeUndefined()
})
