import { CrossOrigin } from '../api/cross-origin.ts'
import { moveStatusRoute, movingHandler } from '../api/data-root/move.ts'
import { type ApiServer, createApiServer } from '../api/server.ts'
import { finish } from '../data-root/move.ts'
import { writeRecord } from '../data-root/move-record.ts'
import type { MoveStatus } from '../data-root/move-status.ts'
import { messageOf } from '../errors.ts'
import { Departures } from '../linux/departures.ts'
import { endToolShells } from '../linux/run.ts'
import type { Log } from '../log.ts'
import type { OpenDataRoot } from './data-root.ts'
import type { DaemonOptions } from './flags.ts'
import { VERSION } from './version.ts'

/** What answers while the data is on its way: how far it is, and to everybody else to come again. */
export function serverDuringMove(options: DaemonOptions, status: MoveStatus, log: Log): ApiServer {
  return createApiServer([moveStatusRoute(status)], {
    identity: { serverHeader: `Docker/${VERSION.version} (linux)` },
    departures: new Departures(log),
    crossOrigin: new CrossOrigin(options.corsOrigins),
    audit: undefined,
    record: undefined,
    fallback: movingHandler(status),
    log,
  })
}

/** The engine runs where the data was moved to: the old place goes. What cannot be removed is tried again at the next start. */
export async function settleMove({ path, move }: OpenDataRoot, status: MoveStatus, log: Log): Promise<void> {
  if (!move) return
  const { from, record } = move
  try {
    await finish(from, record, status.report)
  } catch (error) {
    log.warn('the old data directory could not be removed; the next start will try again', { folder: from, error: messageOf(error) })
  }
  log.info('the data directory has moved', { from, to: path })
  status.end({ id: record.id, from, to: path })
}

/** The engine could not start where the data was moved to: the next start goes back. @throws `error` again when there is no way back */
export async function giveUpMove({ move }: OpenDataRoot, error: unknown, log: Log): Promise<void> {
  if (move?.record.stage !== 'switched') throw error
  log.error('the engine cannot start on the moved data; it goes back', { error: messageOf(error) })
  await writeRecord(move.from, { ...move.record, stage: 'copying', failure: `the engine could not start there: ${messageOf(error)}` })
}

/**
 * This program once more in place of this process: whoever watches over it sees nothing of it. Sockets that systemd has handed over do not
 * outlive the program: then it ends, and systemd starts it again.
 * @see execve(2)
 */
export async function startAgain({ hosts }: DaemonOptions): Promise<never> {
  await endToolShells()
  if (hosts.some((host) => host.startsWith('fd://'))) process.exit(0)
  if (!process.execve) throw new Error('this Node cannot replace its process')
  return process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], process.env)
}
