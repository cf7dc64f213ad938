import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createClient } from '@connectrpc/connect'
import { type BuildContext, readOptional, receiveContext } from '../build/context.ts'
import { EngineError } from '../errors.ts'
import { Outbox } from './outbox.ts'
import { type BytesMessage, Upload } from './protocol/upload_pb.ts'
import { receiveTree } from './receive-tree.ts'
import type { ClientSession } from './session.ts'
import { TreeWriter } from './tree-writer.ts'

/** How few files are asked for, and where they are put meanwhile. */
export interface FewFiles {
  readonly folder: string
  readonly paths: readonly string[]
  readonly scratch: string
  onBytes(total: number): void
  readonly signal: AbortSignal
}

/**
 * Reads a few files of one of the client's folders.
 * @returns the text of each that is there, by path
 */
export async function readFew(session: ClientSession, { folder, paths, scratch, onBytes, signal }: FewFiles): Promise<ReadonlyMap<string, string>> {
  const root = join(scratch, `few-${folder}`)
  await mkdir(root)
  try {
    await using writer = new TreeWriter(root)
    await receiveTree(session, { name: folder, followPaths: paths }, writer, onBytes, signal)
    await writer.finish()
    const found = new Map<string, string>()
    for (const path of paths) {
      const text = await readOptional(root, path)
      if (text !== undefined) found.set(path, text)
    }
    return found
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** How a client names a stream of its own as if it were on the web. */
const UPLOADS = 'http://buildkit-session/'

export function isUpload(remote: string): boolean {
  return remote.startsWith(UPLOADS)
}

/** Takes an archive that the client has on its standard input. @throws EngineError `invalid` when it is none */
export function receiveUpload(session: ClientSession, remote: string, buildsRoot: string, dockerfile: string, signal: AbortSignal): Promise<BuildContext> {
  if (!session.offers('/moby.upload.v1.Upload/Pull')) throw new EngineError('invalid', `no upload ${remote} in this session`)
  const { pathname, host } = new URL(remote)
  const asked = new Outbox<BytesMessage>()
  asked.end()
  const answers = createClient(Upload, session.transport).pull(asked, { headers: { urlpath: pathname, urlhost: host }, signal })
  return receiveContext(buildsRoot, Readable.from(chunksOf(answers)), dockerfile)
}

async function* chunksOf(messages: AsyncIterable<BytesMessage>): AsyncGenerator<Uint8Array> {
  for await (const { data } of messages) yield data
}
