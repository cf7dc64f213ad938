import { chunksOf } from './byte-stream.ts'
import { callEngine } from './engine-client.ts'
import { numberAt, textAt, textMapAt } from './json.ts'
import { jsonLines } from './json-lines.ts'

/** From least to worst. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What the engine said of itself. */
export interface EngineLogEntry {
  /** Begins anew with the engine. */
  readonly id: number
  /** RFC 3339. */
  readonly time: string
  readonly level: LogLevel
  readonly message: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

/** The engine's own log: what it remembers, oldest first, then what comes. Our engine has one; @throws CallError with others */
export async function followEngineLog(signal: AbortSignal): Promise<AsyncGenerator<EngineLogEntry>> {
  const response = await callEngine('GET', '/engineroom/v1/log', { query: { follow: true }, signal })
  return entriesOf(response, signal)
}

async function* entriesOf(response: Response, signal: AbortSignal): AsyncGenerator<EngineLogEntry> {
  for await (const line of jsonLines(chunksOf(response, signal))) {
    const level = textAt(line, 'level')
    yield {
      id: numberAt(line, 'id') ?? 0,
      time: textAt(line, 'time'),
      level: LOG_LEVELS.find((one) => one === level) ?? 'info',
      message: textAt(line, 'message'),
      fields: Object.entries(textMapAt(line, 'fields')),
    }
  }
}
