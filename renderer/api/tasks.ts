import { chunksOf } from './byte-stream.ts'
import { CallError, callEngine, command } from './engine-client.ts'
import { type JsonRecord, numberAt, recordAt, textAt, textsAt } from './json.ts'
import { jsonLines } from './json-lines.ts'
import type { TaskProgress } from './types.ts'

/** What windows have the engine do as a task; another client may call its tasks as it likes. */
export const TASK_KINDS = ['pull', 'push', 'load', 'build', 'prune'] as const
export type TaskKind = (typeof TASK_KINDS)[number]

/** What the engine tells of its tasks. @see docs/decisions/0053-tasks-of-the-engine.md */
export type TaskNews =
  /** First of all: these there are. */
  | { readonly ids: readonly string[] }
  | { readonly id: string; readonly kind: TaskKind; readonly name: string; readonly phase: 'working' | 'done' | 'failed'; readonly error: string }
  | { readonly id: string; readonly line: TaskProgress }
  | { readonly id: string; readonly isGone: true }

/** Tells of every task of the engine, whichever window began it. @throws CallError also where the engine has none, as others than ours */
export async function followTasks(signal: AbortSignal): Promise<AsyncGenerator<TaskNews>> {
  const response = await callEngine('GET', '/engineroom/v1/tasks', { signal })
  return newsOf(jsonLines(chunksOf(response, signal)))
}

/** Calls off a task that goes on, or has the engine forget one that has ended; one that is gone already is no error. @throws CallError */
export async function dismissTask(id: string): Promise<void> {
  try {
    await command('DELETE', `/engineroom/v1/tasks/${id}`)
  } catch (error) {
    if (!(error instanceof CallError) || error.status !== 404) throw error
  }
}

/** What a call answers that is no task of the engine's: the lines of it, as they come. A failure may be the last line. */
export async function* progressOf(response: Response, signal: AbortSignal): AsyncGenerator<TaskProgress> {
  for await (const line of jsonLines(chunksOf(response, signal))) yield parseProgress(line)
}

async function* newsOf(lines: AsyncIterable<JsonRecord>): AsyncGenerator<TaskNews> {
  for await (const line of lines) {
    const news = parseNews(line)
    if (news) yield news
  }
}

/** @returns undefined for what only another client understands */
function parseNews(from: JsonRecord): TaskNews | undefined {
  if ('tasks' in from) return { ids: textsAt(from, 'tasks') }
  const id = textAt(from, 'id')
  if (from.isGone === true) return { id, isGone: true }
  if ('line' in from) return { id, line: parseProgress(recordAt(from, 'line')) }
  const kind = TASK_KINDS.find((one) => one === textAt(from, 'kind'))
  const phase = (['working', 'done', 'failed'] as const).find((one) => one === textAt(from, 'phase'))
  return kind && phase && { id, kind, phase, name: textAt(from, 'name'), error: textAt(from, 'error') }
}

function parseProgress(line: JsonRecord): TaskProgress {
  const detail = recordAt(line, 'progressDetail')
  return {
    layer: textAt(line, 'id'),
    status: textAt(line, 'status'),
    currentBytes: numberAt(detail, 'current'),
    totalBytes: numberAt(detail, 'total'),
    output: textAt(line, 'stream'),
    error: textAt(line, 'error') || textAt(recordAt(line, 'errorDetail'), 'message'),
    reclaimedBytes: numberAt(line, 'reclaimedBytes'),
  }
}
