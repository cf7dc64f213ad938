import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { inScratch } from '../build/context.ts'
import { withImageRoot } from '../containers/rootfs.ts'
import { messageOf } from '../errors.ts'
import { setTimes } from '../images/tar-times.ts'
import { packTar } from '../linux/tar.ts'
import { Attributes } from './attributes.ts'
import type { Export, Exporter } from './export.ts'
import type { BuildKitParts } from './parts.ts'
import { FileSend } from './protocol/filesync_pb.ts'
import { PacketSchema } from './protocol/wire_pb.ts'
import { checkTakesFiles, OUTPUT_INDEX, sendFile } from './send-file.ts'
import { sendTree } from './send-tree.ts'
import type { Solving } from './solve-dockerfile.ts'
import { epochOf } from './source-date-epoch.ts'
import { VertexRun } from './vertex-outputs.ts'

/** Sends the files of a result, by the client's index of the output. @param epochS of which they are all to be; as they are without */
type Send = (root: string, index: number, solving: Solving, epochS: number | undefined) => Promise<void>

/** What sends the files of a result to a folder or an archive of the client's. @throws EngineError for an option that is not honoured */
export function filesExporter(parts: BuildKitParts, wanted: Export, index: number): Exporter {
  const attributes = new Attributes(wanted.attributes, `output ${wanted.type}`)
  const own = epochOf(attributes.text('source-date-epoch'), 'source-date-epoch')
  // There is one platform.
  attributes.flag('platform-split', true)
  attributes.refuseRest()
  const [what, send]: [string, Send] = wanted.type === 'local' ? ['client directory', sendFolder] : ['client tarball', sendTar]
  return async ({ image, epochS }, solving) => {
    checkTakesFiles(solving.session)
    const vertex = new VertexRun(solving.status, `exporting to ${what}`)
    try {
      await using place = await inScratch(parts.builder.root, async () => ({ root: undefined, dockerfile: '' }))
      const { containers } = parts.builder
      const point = join(place.scratch, randomUUID())
      await withImageRoot(containers, image, point, (root) => send(root, index, solving, own ?? epochS), containers.images.layerFolders(image))
      vertex.end()
      return {}
    } catch (error) {
      vertex.end(messageOf(error))
      throw error
    }
  }
}

const sendFolder: Send = async (root, index, { session, signal }, epochS) => {
  // The same method speaks packets where the client writes a folder.
  const method = { ...FileSend.method.diffCopy, input: PacketSchema, output: PacketSchema }
  const headers = { [OUTPUT_INDEX]: String(index) }
  await sendTree(root, async (outgoing) => (await session.transport.stream(method, signal, undefined, headers, outgoing)).message, epochS)
}

const sendTar: Send = async (root, index, { session, signal }, epochS) => {
  const { stream, done } = packTar(root, ['.'])
  done.catch(() => undefined)
  const editor = epochS === undefined ? undefined : setTimes(epochS)
  // What goes wrong, the one who reads hears.
  if (editor) pipeline(stream, editor).catch(() => undefined)
  try {
    if (await sendFile(session, index, editor ?? stream, signal)) await done
  } finally {
    stream.destroy()
  }
}
