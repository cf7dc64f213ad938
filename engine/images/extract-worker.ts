import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { parentPort } from 'node:worker_threads'
import { EngineError, messageOf } from '../errors.ts'
import { byteCounter } from './byte-counter.ts'
import { extractLayer } from './extract.ts'
import type { ExtractReply, ExtractRequest } from './extractor.ts'

/** How often a layer under way tells how far it is. */
const PROGRESS_INTERVAL_MS = 100

const CHUNK_BYTES = 256 * 1024

/** The engine has us as a thread, or as a process, which ends with it. */
const engine = parentPort ?? process
const reply = answering()

engine.on('message', async (request: ExtractRequest) => {
  const { job } = request
  try {
    reply({ job, kind: 'done', extracted: await extractLayer(blobOf(request), request.folder) })
  } catch (error) {
    reply({ job, kind: 'failed', errorKind: error instanceof EngineError ? error.kind : 'system', message: messageOf(error) })
  }
})

function blobOf({ job, blobPath }: ExtractRequest): Readable {
  let toldAt = 0
  const onBytes = (bytes: number) => {
    if (Date.now() - toldAt < PROGRESS_INTERVAL_MS) return
    toldAt = Date.now()
    reply({ job, kind: 'progress', bytes })
  }
  const file = createReadStream(blobPath, { highWaterMark: CHUNK_BYTES })
  const counter = byteCounter(onBytes)
  file.once('error', (error) => counter.destroy(error))
  counter.once('close', () => file.destroy())
  return file.pipe(counter)
}

function answering(): (message: ExtractReply) => void {
  if (parentPort) return parentPort.postMessage.bind(parentPort)
  if (!process.send) throw new Error('extract-worker.ts runs beside an engine only')
  process.once('disconnect', () => process.exit())
  return process.send.bind(process)
}
