import { Worker } from 'node:worker_threads'
import { EngineError } from '../errors.ts'
import type { ExtractReply, ExtractRequest } from './extractor.ts'

/** Somebody who unpacks layers beside the engine. */
export interface Unpacking {
  send(request: ExtractRequest): void
  /** Keeps the engine running, or not. */
  ref(): void
  unref(): void
  /** At once, whatever is being unpacked. */
  end(): void
}

export interface UnpackingEvents {
  readonly onReply: (reply: ExtractReply) => void
  readonly onEnd: (error: unknown) => void
}

/** Beside this file, both in the source and in the bundle, whose files end otherwise. */
export const WORKER_URL = new URL(import.meta.url.endsWith('.ts') ? './extract-worker.ts' : './extract-worker.mjs', import.meta.url)

/** On a thread of the engine's. */
export function startUnpacking({ onReply, onEnd }: UnpackingEvents): Unpacking {
  const worker = new Worker(WORKER_URL, { name: 'extract' })
  worker.on('message', onReply)
  worker.on('error', onEnd)
  worker.on('exit', () => onEnd(new EngineError('system', 'the extraction thread ended')))
  return {
    send: (request) => worker.postMessage(request),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    end: () => void worker.terminate(),
  }
}
