import { once } from 'node:events'
import type { LogChunk } from '../../containers/logs/log-text.ts'
import { readLogs } from '../../containers/logs/logs.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import type { ApiCall } from '../call.ts'
import { frame, MULTIPLEXED_STREAM, RAW_STREAM } from '../hijack.ts'
import { parseTime } from '../times.ts'

/** @see Engine API 1.51 ContainerLogs */
export async function logsHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const container = parts.store.get(call.param('id'))
  const { query } = call
  const tail = query.text('tail')
  const batches = readLogs(
    parts,
    container,
    {
      stdout: query.flag('stdout'),
      stderr: query.flag('stderr'),
      follow: query.flag('follow'),
      timestamps: query.flag('timestamps'),
      details: query.flag('details'),
      since: bound(query.text('since')),
      until: bound(query.text('until')),
      tail: /^\d+$/.test(tail) ? Number(tail) : undefined,
    },
    call.signal,
  )
  const isRaw = container.hasTty
  const response = call.stream(isRaw || !call.version.atLeast('1.42') ? RAW_STREAM : MULTIPLEXED_STREAM)
  for await (const batch of batches) {
    if (!response.write(isRaw ? Buffer.concat(batch.map(({ text }) => text)) : frames(batch))) await drained(response, call.signal)
    if (call.signal.aborted) return
  }
  response.end()
}

function bound(text: string): bigint | undefined {
  return text === '' || text === '0' ? undefined : parseTime(text)
}

function frames(batch: readonly LogChunk[]): Buffer {
  return Buffer.concat(batch.map(({ stream, text }) => frame(stream, text)))
}

async function drained(response: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  try {
    await once(response, 'drain', { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
