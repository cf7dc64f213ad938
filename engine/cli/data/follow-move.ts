import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionError } from '../api-error.ts'
import type { Session } from '../session.ts'
import { jsonLines } from '../streams/json-lines.ts'
import { type MoveProgress, ProgressLine } from './progress-line.ts'

export interface MoveOutcome {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly failure?: string
}

/** A line of `GET /engineroom/v1/data/move`. @see docs/data-directory.md */
export type MoveLine = MoveProgress | { readonly outcome: MoveOutcome | null }

/** How long the engine may be away: it starts anew to move. */
const AWAY_MS = 60_000
const RETRY_MS = 100

/** Shows a move until it has ended; the engine is away for a moment at its beginning. @throws ConnectionError when it does not come back */
export async function followMove(session: Session, id: string, to: string): Promise<MoveOutcome> {
  const line = new ProgressLine(session.errors)
  for (let away = Date.now() + AWAY_MS; ; await sleep(RETRY_MS)) {
    try {
      for await (const said of jsonLines<MoveLine>(await session.client.stream('GET', '/engineroom/v1/data/move'))) {
        away = Date.now() + AWAY_MS
        if (!('outcome' in said)) line.show(said)
        else {
          line.end()
          return said.outcome?.id === id ? said.outcome : await guess(session, id, to)
        }
      }
    } catch (error) {
      if (!isAway(error) || Date.now() > away) throw error
    }
  }
}

/** It was cut off in the middle of an answer, or is not there. */
function isAway(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
}

/** The engine that moved was killed, and the next one finished it, or went back. */
async function guess(session: Session, id: string, to: string): Promise<MoveOutcome> {
  const { DockerRootDir: root } = await session.client.json<{ DockerRootDir: string }>('GET', '/info')
  return root === to ? { id, from: 'the old place', to } : { id, from: root, to, failure: 'the engine was started anew meanwhile' }
}
