import { chunksOf } from './byte-stream.ts'
import { callEngine, command } from './engine-client.ts'
import { isRecord, type JsonRecord, numberAt, textAt } from './json.ts'
import { jsonLines } from './json-lines.ts'

const PATH = '/engineroom/v1/data/move'

/** How far the data directory's way is, or how it ended; `failure` is empty where it is in its new place. */
export type MoveNews =
  | { readonly stage: string; readonly currentBytes: number | undefined; readonly totalBytes: number | undefined }
  | { readonly to: string; readonly failure: string }

/** Until it has ended; nothing at all where no move is known of. @throws CallError also where the engine has none, as others than ours */
export async function* followMove(signal: AbortSignal): AsyncGenerator<MoveNews> {
  const response = await callEngine('GET', PATH, { signal })
  for await (const line of jsonLines(chunksOf(response, signal))) {
    const news = parseNews(line)
    if (news) yield news
  }
}

/** Nobody is told of it any more. @throws CallError also while it goes on */
export function forgetMove(): Promise<void> {
  return command('DELETE', PATH)
}

function parseNews(line: JsonRecord): MoveNews | undefined {
  if (!('outcome' in line)) return { stage: textAt(line, 'stage'), currentBytes: numberAt(line, 'current'), totalBytes: numberAt(line, 'total') }
  const { outcome } = line
  return isRecord(outcome) ? { to: textAt(outcome, 'to'), failure: textAt(outcome, 'failure') } : undefined
}
