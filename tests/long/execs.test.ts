import { expect, test } from 'vitest'
import { execOfEveryKind, leavesNothing } from '../api/exec/every-kind.ts'
import { startDaemon } from '../harness/daemon.ts'
import { residentBytes } from '../harness/open-files.ts'

/** What the daemon may have in RAM at all. */
const MOST_BYTES = 150 * 1024 * 1024

test('3,000 execs leave nothing behind', async () => {
  await using daemon = await startDaemon()
  await daemon.ok('run', '-d', '--name', 'box', '--net', 'none', 'busybox', 'sleep', '10000')
  const execs = (rounds: number) => () => execOfEveryKind(daemon, 'box', rounds)
  await leavesNothing(daemon, execs(2), execs(300))
  expect((await daemon.ok('top', 'box', '-o', 'pid,comm')).split('\n')).toHaveLength(2)
  expect(await residentBytes(daemon.pid)).toBeLessThan(MOST_BYTES)
}, 900_000)
