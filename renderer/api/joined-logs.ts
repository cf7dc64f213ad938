import { chunksOf } from './byte-stream.ts'
import { callEngine } from './engine-client.ts'
import { textAt } from './json.ts'
import { jsonLines } from './json-lines.ts'
import type { LogSource } from './log-frames.ts'

/** Lines of one container, or a part of one; each begins with its time, unless it goes on. */
export interface JoinedPiece {
  readonly container: string
  readonly source: LogSource
  readonly text: string
  /** Set where a log cannot be read; nothing more comes of that container. */
  readonly failure: string
}

export interface LogWish {
  readonly id: string
  /** RFC 3339: only lines from then on; empty for the last lines. */
  readonly since: string
}

/** What several containers write, until all have ended. @param tail how many lines of each without a time to begin with */
export async function followJoinedLogs(wishes: readonly LogWish[], tail: number, signal: AbortSignal): Promise<AsyncGenerator<JoinedPiece>> {
  const named = wishes.map(({ id, since }) => `container=${id.slice(0, 24)}${since === '' ? '' : `@${encodeURIComponent(since)}`}`)
  const response = await callEngine('GET', `/engineroom/v1/logs?${named.join('&')}&tail=${tail}`, { signal })
  return piecesOf(response, signal)
}

async function* piecesOf(response: Response, signal: AbortSignal): AsyncGenerator<JoinedPiece> {
  for await (const line of jsonLines(chunksOf(response, signal))) {
    yield {
      container: textAt(line, 'container'),
      source: textAt(line, 'stream') === 'stderr' ? 'stderr' : 'stdout',
      text: textAt(line, 'text'),
      failure: textAt(line, 'failure'),
    }
  }
}
