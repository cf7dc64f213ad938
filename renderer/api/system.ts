import { engineNameIn } from '../text/engine-name.ts'
import { chunksOf } from './byte-stream.ts'
import { callEngine, fetchJson } from './engine-client.ts'
import { isRecord, type JsonRecord, numberAt, recordAt, textAt, textMapAt } from './json.ts'
import { jsonLines } from './json-lines.ts'
import type { EngineEvent, EngineIdentity } from './types.ts'

/**
 * Opens the event stream; resolves once the engine listens, so that nothing that happens afterwards is missed.
 * @see Engine API 1.51 SystemEvents
 */
export async function openEvents(signal: AbortSignal): Promise<AsyncGenerator<EngineEvent>> {
  const response = await callEngine('GET', '/events', { signal })
  return eventsOf(jsonLines(chunksOf(response, signal)))
}

/** What happened since `sinceMs`, as far as the engine remembers, oldest first. */
export async function pastEvents(sinceMs: number, signal: AbortSignal): Promise<EngineEvent[]> {
  const query = { since: (sinceMs / 1000).toFixed(3), until: (Date.now() / 1000).toFixed(3) }
  const response = await callEngine('GET', '/events', { query, signal })
  return Array.fromAsync(eventsOf(jsonLines(chunksOf(response, signal))))
}

/** What happened to one container, as far as the engine remembers, oldest first. */
export async function containerEvents(id: string, signal: AbortSignal): Promise<EngineEvent[]> {
  const query = { since: 0, until: (Date.now() / 1000).toFixed(3), filters: JSON.stringify({ container: [id] }) }
  const response = await callEngine('GET', '/events', { query, signal })
  return Array.fromAsync(eventsOf(jsonLines(chunksOf(response, signal))))
}

async function* eventsOf(lines: AsyncIterable<JsonRecord>): AsyncGenerator<EngineEvent> {
  for await (const line of lines) {
    const actor = recordAt(line, 'Actor')
    yield {
      // As a number of JavaScript it is exact to a microsecond.
      atMs: (numberAt(line, 'timeNano') ?? 0) / 1_000_000 || (numberAt(line, 'time') ?? 0) * 1000,
      type: textAt(line, 'Type'),
      action: textAt(line, 'Action'),
      id: textAt(actor, 'ID'),
      attributes: textMapAt(actor, 'Attributes'),
    }
  }
}

/** @see Engine API 1.51 SystemVersion, SystemInfo */
export async function identifyEngine(signal: AbortSignal): Promise<EngineIdentity> {
  const [version, info] = (await Promise.all([fetchJson('/version', { signal }), fetchJson('/info', { signal })])).map((reply) =>
    isRecord(reply) ? reply : {},
  )
  return {
    ...engineNameIn(version ?? {}),
    apiVersion: textAt(version ?? {}, 'ApiVersion'),
    platform: `${textAt(version ?? {}, 'Os')}/${textAt(version ?? {}, 'Arch')}`,
    kernel: `Linux ${textAt(version ?? {}, 'KernelVersion')}`,
    host: textAt(info ?? {}, 'Name'),
    dataRoot: textAt(info ?? {}, 'DockerRootDir'),
    storage: textAt(info ?? {}, 'Driver'),
    cpus: numberAt(info ?? {}, 'NCPU') ?? 0,
    memoryBytes: numberAt(info ?? {}, 'MemTotal') ?? 0,
  }
}
