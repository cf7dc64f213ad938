import { request } from 'node:http'
import { type JsonRecord, recordOf, textOf } from '../docker/config-file.ts'

/** Something that happened at the engine. @see Engine API 1.51 SystemEvents */
export interface News {
  readonly atMs: number
  readonly type: string
  /** `die`, `health_status: healthy` … */
  readonly action: string
  readonly id: string
  readonly attributes: Readonly<Record<string, string>>
}

/** The engine's events from now on. Ends when the engine ends them, or the signal. @param onOpen called once nothing is missed any more */
export async function* newsOf(socketPath: string, onOpen: () => void, signal: AbortSignal): AsyncGenerator<News> {
  const { promise, resolve, reject } = Promise.withResolvers<AsyncIterable<Buffer>>()
  const asked = request({ socketPath, path: '/events', agent: false, headers: { host: 'engine', 'X-Engineroom-Window': '1' }, signal })
  asked.on('response', (response) =>
    response.statusCode === 200 ? resolve(response) : reject(new Error(`The engine answered ${response.statusCode} to /events`)),
  )
  asked.on('error', reject)
  asked.end()
  const chunks = await promise
  onOpen()
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line.trim() !== '').map((line) => newsIn(recordOf(JSON.parse(line))))
  }
}

function newsIn(event: JsonRecord): News {
  const actor = recordOf(event.Actor)
  const attributes = Object.entries(recordOf(actor.Attributes)).map(([name, value]) => [name, textOf(value)])
  return {
    atMs: Number(event.time) * 1000,
    type: textOf(event.Type),
    action: textOf(event.Action),
    id: textOf(actor.ID),
    attributes: Object.fromEntries(attributes),
  }
}
