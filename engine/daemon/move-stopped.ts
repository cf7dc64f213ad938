import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { checkMove } from '../data-root/check-move.ts'
import { writeRecord } from '../data-root/move-record.ts'
import { MoveStatus } from '../data-root/move-status.ts'
import { EngineError } from '../errors.ts'
import { markTools } from '../linux/unfinished.ts'
import type { Log } from '../log.ts'
import { DATABASE } from './check-data.ts'
import { type OpenDataRoot, openDataRoot } from './data-root.ts'
import type { DaemonOptions } from './flags.ts'
import { forgetPlace, notedExecRoot } from './former-place.ts'
import { settleMove } from './moving.ts'

/**
 * `engineroom data move` while no daemon runs: the same move, and no engine is started. Progress goes to standard output, a JSON
 * object a line, and last `{"outcome": …}`.
 * @throws EngineError when there is nothing to move, or it cannot be
 */
export async function moveStopped(options: DaemonOptions, to: string, log: Log): Promise<void> {
  const status = new MoveStatus()
  const open = () => openDataRoot(options.dataRoot, { status, log, duringMove: () => undefined })
  markTools(`move of ${resolve(options.dataRoot)}`)
  const { path, locks } = await settled(await open(), options, status, log)
  if (!existsSync(join(path, DATABASE))) throw new EngineError('not-found', `there is no data in ${path}; with --data-root, say where it is`)
  const target = await checkMove(path, resolve(to))
  await writeRecord(path, { id: randomUUID(), to: target.to, stage: 'requested' })
  locks[Symbol.dispose]()
  const print = () => process.stdout.write(`${JSON.stringify(status.progress ?? { outcome: status.outcome })}\n`)
  status.subscribe(print)
  await settled(await open(), options, status, log)
}

async function settled(home: OpenDataRoot, options: DaemonOptions, status: MoveStatus, log: Log): Promise<OpenDataRoot> {
  if (home.former !== undefined) await forgetPlace(notedExecRoot(home.path) ?? resolve(options.execRoot), home.former)
  await settleMove(home, status, log)
  return home
}
