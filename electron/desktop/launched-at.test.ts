import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startIn } from './launched-at.ts'

const MODULE = fileURLToPath(new URL('launched-at.ts', import.meta.url))

/** Ticks of 10 ms, on both sides. */
const GRAIN_MS = 20

test('a process was launched after whoever launched it had begun to, not up to a second before', () => {
  const begunMs = Date.now()
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', `console.log((await import('${MODULE}')).launchedAtMs(), Date.now())`], {
    encoding: 'utf8',
  })
  const [launchedMs = 0, answeredMs = 0] = stdout.trim().split(' ').map(Number)
  expect(launchedMs, stderr).toBeGreaterThanOrEqual(begunMs - GRAIN_MS)
  expect(launchedMs).toBeLessThan(answeredMs)
})

test('a name with spaces and parentheses does not move the fields', () => {
  const stat = `4711 (a (b) c) S 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 9 10`
  expect(startIn(stat, { nowMs: 1_000_000, uptimeSeconds: 125.45 })).toBeCloseTo(1_000_000 - 2_000, 6)
})
