import { expect, test } from 'vitest'
import { startDaemon } from '../harness/daemon.ts'
import { residentBytes } from '../harness/open-files.ts'
import { Many } from './many.ts'

/** `npm run bench -- --only scale` does the same with 300, and measures. */
const COUNT = 40
const MOST_BYTES = 150 * 1024 * 1024

test(`${COUNT} containers at a time: made, started, watched, taken over by the next daemon, stopped, removed`, async () => {
  await using daemon = await startDaemon()
  const many = new Many(daemon)
  await many.create(COUNT)
  await many.start()
  expect(await many.running()).toBe(COUNT)
  await many.watchStats(2)
  await many.list(20)
  expect(await residentBytes(daemon.pid)).toBeLessThan(MOST_BYTES)
  await daemon.stop('SIGKILL')
  await daemon.start()
  expect(await many.running()).toBe(COUNT)
  await many.stop()
  expect(await many.running()).toBe(0)
  await many.remove()
  expect(await daemon.lastTraces()).toEqual([])
})
