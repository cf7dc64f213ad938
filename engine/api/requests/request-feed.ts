import type { ServerResponse } from 'node:http'
import type { RecordedRequest } from './recorded-request.ts'
import type { RequestRecord } from './request-record.ts'

/** News of the same call within this time are one line. */
const GATHER_MS = 50

/**
 * Tells of every call: what is remembered, then each change, a summary in JSON a line, until the client leaves. One that reads
 * slowly gets fewer lines, and the last state of each call in any case.
 */
export function feed(record: RequestRecord, response: ServerResponse): void {
  const changed = new Set<RecordedRequest>(record.all())
  let timer: NodeJS.Timeout | undefined
  let isFull = false

  function send(): void {
    timer = undefined
    const lines = [...changed].map((call) => `${JSON.stringify(call.summary())}\n`)
    changed.clear()
    if (lines.length > 0) isFull = !response.write(lines.join(''))
  }

  const leave = record.watch((call) => {
    changed.add(call)
    if (!isFull) timer ??= setTimeout(send, GATHER_MS)
  })
  response.on('drain', () => {
    isFull = false
    send()
  })
  response.on('close', () => {
    leave()
    clearTimeout(timer)
  })
  send()
}
