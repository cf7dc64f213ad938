import { afterAll, beforeAll, expect, test } from 'vitest'
import { followMuch, LINE_BYTES } from '../api/containers/log-readers.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon?.[Symbol.asyncDispose]())

const LINES = 1024 ** 3 / LINE_BYTES
/** A tenth of what passes through. */
const MOST_GROWTH = 100 * 1024 * 1024

test('a log of 1 GB that two clients follow, one of them stalled, does not grow the daemon’s memory', async () => {
  const { growth, prompt, late } = await followMuch(daemon, LINES)
  expect([prompt, late]).toEqual([LINES, LINES])
  expect(growth).toBeLessThan(MOST_GROWTH)
})

test('nor does one that is cut into pieces and goes as it comes', async () => {
  const { growth } = await followMuch(daemon, LINES, ['--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'])
  expect(growth).toBeLessThan(MOST_GROWTH)
})
