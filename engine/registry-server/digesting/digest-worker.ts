import { createHash, type Hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import type { DigestReply, DigestRequest } from './digest-thread.ts'

if (!parentPort) throw new Error('digest-worker.ts runs as a worker thread only')
const port = parentPort
const hashes = new Map<number, Hash>()

port.on('message', ({ turn, id, wish }: DigestRequest) => {
  const hash = hashes.get(id) ?? createHash('sha256')
  hashes.set(id, hash)
  if (wish.kind === 'add') hash.update(wish.bytes)
  if (wish.kind === 'forget') hashes.delete(id)
  port.postMessage({ turn, hex: wish.kind === 'tell' ? hash.copy().digest('hex') : '' } satisfies DigestReply)
})
