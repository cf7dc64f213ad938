import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createClient } from '@connectrpc/connect'
import { inScratch } from '../build/context.ts'
import { withImageRoot } from '../containers/rootfs.ts'
import { EngineError, messageOf } from '../errors.ts'
import type { Image } from '../images/image.ts'
import { packTar } from '../linux/tar.ts'
import type { BuildKitParts } from './parts.ts'
import { type BytesMessage, FileSend } from './protocol/filesync_pb.ts'
import { PacketSchema } from './protocol/wire_pb.ts'
import { sendTree } from './send-tree.ts'
import type { Solving } from './solve-dockerfile.ts'
import { VertexRun } from './vertex-outputs.ts'

const METHOD = '/moby.filesync.v1.FileSend/DiffCopy'

/** Says which output of the client's is meant. */
const INDEX = 'buildkit-attachable-exporter-id'

/** Sends the files of a result to a folder of the client's. */
export function exportFolder(parts: BuildKitParts, image: Image, index: number, solving: Solving): Promise<void> {
  return sending(parts, image, solving, 'exporting to client directory', async (root) => {
    const { session, signal } = solving
    // The same method speaks packets where the client writes a folder.
    const method = { ...FileSend.method.diffCopy, input: PacketSchema, output: PacketSchema }
    await sendTree(root, async (outgoing) => (await session.transport.stream(method, signal, undefined, { [INDEX]: String(index) }, outgoing)).message)
  })
}

/** Sends the files of a result as an archive. */
export function exportTar(parts: BuildKitParts, image: Image, index: number, solving: Solving): Promise<void> {
  return sending(parts, image, solving, 'exporting to client tarball', async (root) => {
    const { session, signal } = solving
    const { stream, done } = packTar(root, ['.'])
    done.catch(() => undefined)
    try {
      const messages = (async function* () {
        for await (const data of stream as AsyncIterable<Buffer>) yield { data: new Uint8Array(data) }
      })()
      const answers: AsyncIterable<BytesMessage> = createClient(FileSend, session.transport).diffCopy(messages, { headers: { [INDEX]: String(index) }, signal })
      for await (const _ of answers);
      await done
    } finally {
      stream.destroy()
    }
  })
}

async function sending(parts: BuildKitParts, image: Image, { session, status }: Solving, what: string, send: (root: string) => Promise<void>): Promise<void> {
  if (!session.offers(METHOD)) throw new EngineError('invalid', `method ${METHOD} not supported by the client`)
  const vertex = new VertexRun(status, what)
  try {
    await using place = await inScratch(parts.builder.root, async () => ({ root: undefined, dockerfile: '' }))
    const { containers } = parts.builder
    await withImageRoot(containers, image, join(place.scratch, randomUUID()), send, containers.images.layerFolders(image))
    vertex.end()
  } catch (error) {
    vertex.end(messageOf(error))
    throw error
  }
}
