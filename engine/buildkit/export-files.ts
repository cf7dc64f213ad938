import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { inScratch } from '../build/context.ts'
import { withImageRoot } from '../containers/rootfs.ts'
import { messageOf } from '../errors.ts'
import type { Image } from '../images/image.ts'
import { packTar } from '../linux/tar.ts'
import type { BuildKitParts } from './parts.ts'
import { FileSend } from './protocol/filesync_pb.ts'
import { PacketSchema } from './protocol/wire_pb.ts'
import { checkTakesFiles, OUTPUT_INDEX, sendFile } from './send-file.ts'
import { sendTree } from './send-tree.ts'
import type { Solving } from './solve-dockerfile.ts'
import { VertexRun } from './vertex-outputs.ts'

/** Sends the files of a result to a folder of the client's. */
export function exportFolder(parts: BuildKitParts, image: Image, index: number, solving: Solving): Promise<void> {
  return sending(parts, image, solving, 'exporting to client directory', async (root) => {
    const { session, signal } = solving
    // The same method speaks packets where the client writes a folder.
    const method = { ...FileSend.method.diffCopy, input: PacketSchema, output: PacketSchema }
    await sendTree(root, async (outgoing) => (await session.transport.stream(method, signal, undefined, { [OUTPUT_INDEX]: String(index) }, outgoing)).message)
  })
}

/** Sends the files of a result as an archive. */
export function exportTar(parts: BuildKitParts, image: Image, index: number, solving: Solving): Promise<void> {
  return sending(parts, image, solving, 'exporting to client tarball', async (root) => {
    const { session, signal } = solving
    const { stream, done } = packTar(root, ['.'])
    done.catch(() => undefined)
    await sendFile(session, index, stream, signal)
    await done
  })
}

async function sending(parts: BuildKitParts, image: Image, { session, status }: Solving, what: string, send: (root: string) => Promise<void>): Promise<void> {
  checkTakesFiles(session)
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
