import { fetchJson } from './engine-client.ts'
import { asRecords, isRecord, type JsonRecord, numberAt, recordAt, textAt } from './json.ts'

/** Something that the engine, or whoever looks for it, needs; and what to do where it is missing. */
export interface Check {
  readonly id: string
  readonly title: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly detail: string
  /** Empty when all is well. */
  readonly fix: string
  /** For a shell. */
  readonly command?: string
}

/** What the engine finds on its machine: seconds, where a DNS server keeps silent. */
export async function checkEngine(signal: AbortSignal): Promise<Check[]> {
  return asRecords(await fetchJson('/engineroom/v1/checks', { signal })).map(parseCheck)
}

/** How much room there is for the data directory. */
export async function checkDisk(signal: AbortSignal): Promise<Check> {
  const reply = await fetchJson('/engineroom/v1/checks/disk', { signal })
  return parseCheck(isRecord(reply) ? reply : {})
}

export function parseCheck(from: JsonRecord): Check {
  const state = textAt(from, 'state')
  const command = textAt(from, 'command')
  return {
    id: textAt(from, 'id'),
    title: textAt(from, 'title'),
    state: state === 'ok' || state === 'warn' ? state : 'fail',
    detail: textAt(from, 'detail'),
    fix: textAt(from, 'fix'),
    ...(command !== '' && { command }),
  }
}

/** What the engine takes by itself, without containers. */
export interface EngineSpending {
  readonly uptimeSeconds: number
  readonly cpuSeconds: number
  readonly memoryBytes: number
  readonly monitorCount: number
  readonly monitorBytes: number
  readonly recordBytes: number
}

export async function engineSpending(signal: AbortSignal): Promise<EngineSpending> {
  const reply = await fetchJson('/engineroom/v1/spending', { signal })
  const from = isRecord(reply) ? reply : {}
  const monitors = recordAt(from, 'monitors')
  return {
    uptimeSeconds: numberAt(from, 'uptimeSeconds') ?? 0,
    cpuSeconds: numberAt(from, 'cpuSeconds') ?? 0,
    memoryBytes: numberAt(from, 'memoryBytes') ?? 0,
    monitorCount: numberAt(monitors, 'count') ?? 0,
    monitorBytes: numberAt(monitors, 'memoryBytes') ?? 0,
    recordBytes: numberAt(from, 'recordBytes') ?? 0,
  }
}
