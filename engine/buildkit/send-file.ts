import type { Readable } from 'node:stream'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { EngineError } from '../errors.ts'
import { FileSend } from './protocol/filesync_pb.ts'
import type { ClientSession } from './session.ts'

const METHOD = '/moby.filesync.v1.FileSend/DiffCopy'

/** Says which output of the client's is meant. */
export const OUTPUT_INDEX = 'buildkit-attachable-exporter-id'

/** @throws EngineError `invalid` when the client has no place for what comes out */
export function checkTakesFiles(session: ClientSession): void {
  if (!session.offers(METHOD)) throw new EngineError('invalid', `method ${METHOD} not supported by the client`)
}

/**
 * Sends a stream to be a file of the client's.
 * @param index of the output
 * @returns false when the client has the file already, and does without
 */
export async function sendFile(session: ClientSession, index: number, stream: Readable, signal: AbortSignal): Promise<boolean> {
  try {
    checkTakesFiles(session)
    const messages = (async function* () {
      for await (const data of stream as AsyncIterable<Buffer>) yield { data: new Uint8Array(data) }
    })()
    const answers = createClient(FileSend, session.transport).diffCopy(messages, { headers: { [OUTPUT_INDEX]: String(index) }, signal })
    for await (const _ of answers);
    return true
  } catch (error) {
    if (ConnectError.from(error).code === Code.AlreadyExists) return false
    throw error
  } finally {
    stream.destroy()
  }
}
