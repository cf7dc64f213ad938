import { expect, test } from 'vitest'
import { startDaemon } from '../../harness/daemon.ts'
import { execOfEveryKind, leavesNothing } from './every-kind.ts'

/** Each of ten execs. `npm run test:long` does the same with 300. */
const ROUNDS = 20

test(`${ROUNDS * 10} execs of every kind, eight at a time, leave nothing behind`, async () => {
  await using daemon = await startDaemon()
  await daemon.ok('run', '-d', '--name', 'box', '--net', 'none', 'busybox', 'sleep', '1000')
  const execs = (rounds: number) => () => execOfEveryKind(daemon, 'box', rounds)
  await leavesNothing(daemon, execs(2), execs(ROUNDS))
  expect(await daemon.ok('inspect', '-f', '{{.ExecIDs}}', 'box')).toBe('[]')
  expect((await daemon.ok('top', 'box', '-o', 'pid,comm')).split('\n')).toHaveLength(2)
})
