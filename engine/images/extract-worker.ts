import { parentPort } from 'node:worker_threads'
import { EngineError, messageOf } from '../errors.ts'
import { extractLayer } from './extract.ts'
import type { ExtractReply, ExtractRequest } from './extractor.ts'

/** How often a layer under way tells how far it is. */
const PROGRESS_INTERVAL_MS = 100

if (!parentPort) throw new Error('extract-worker.ts runs as a worker thread only')
const port = parentPort

port.on('message', async ({ job, extraction }: ExtractRequest) => {
  let toldAt = 0
  const onBytes = (bytes: number) => {
    if (Date.now() - toldAt < PROGRESS_INTERVAL_MS) return
    toldAt = Date.now()
    reply({ job, kind: 'progress', bytes })
  }
  try {
    reply({ job, kind: 'done', sizeBytes: await extractLayer(extraction, onBytes) })
  } catch (error) {
    reply({ job, kind: 'failed', errorKind: error instanceof EngineError ? error.kind : 'system', message: messageOf(error) })
  }
})

function reply(message: ExtractReply): void {
  port.postMessage(message)
}
