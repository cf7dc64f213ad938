import { messageOf } from '../errors.ts'
import { packedArchive } from '../images/archive/packed-archive.ts'
import { contentsOf, type ImageContents } from '../images/image-contents.ts'
import { configAt, layersAt } from '../images/image-epoch.ts'
import type { Images } from '../images/images.ts'
import { type PackedImage, packImage } from '../images/pack-image.ts'
import { Attributes } from './attributes.ts'
import type { Built } from './built.ts'
import { ClientStore } from './client-store.ts'
import { type Export, type Exporter, namesOf, toldOfImage } from './export.ts'
import { packingOptions } from './packing-options.ts'
import { sendFile } from './send-file.ts'
import { epochOf } from './source-date-epoch.ts'
import { VertexRun } from './vertex-outputs.ts'

/** The client's folder for what is no archive. */
const STORE = 'export'

/**
 * Sends the result as an archive of docker's or an OCI layout, in a file or, with `tar=false`, in a folder, of which the client keeps the index.
 * @param index its place among the outputs, by which the client knows it
 */
export function archiveExporter(images: Images, wanted: Export, index: number): Exporter {
  const isForDocker = wanted.type === 'docker'
  const attributes = new Attributes(wanted.attributes, `output ${wanted.type}`)
  const names = namesOf(attributes)
  const isFile = attributes.flag('tar', true)
  const epochS = epochOf(attributes.text('source-date-epoch'), 'source-date-epoch')
  const rewritesTimes = attributes.flag('rewrite-timestamp', false)
  const packing = packingOptions(attributes, !isForDocker)
  attributes.refuseRest()
  return async (built, { session, status, signal }) => {
    const vertex = new VertexRun(status, `exporting to ${wanted.type} image format`)
    try {
      const dated = { ...built, epochS: epochS ?? built.epochS }
      if (rewritesTimes && dated.epochS === undefined) vertex.warn('rewrite-timestamp is specified, but no source-date-epoch was found')
      const contents = await contentsAt(images, dated, rewritesTimes)
      vertex.note('exporting layers')
      const packed = withDate(await packImage(images, contents, packing), dated.epochS)
      vertex.note(`exporting manifest ${packed.descriptor.digest}`)
      vertex.note(`exporting config ${packed.config.digest}`)
      if (isFile) await sendFile(session, index, packedArchive(images, packed, { names, isForDocker }), signal)
      else await new ClientStore(session, STORE, signal).putAll(images, [packed.config, ...packed.layers, packed.descriptor])
      vertex.note(isFile ? 'sending tarball' : 'sending layout')
      vertex.end()
      return toldOfImage(packed, names)
    } catch (error) {
      vertex.end(messageOf(error))
      throw error
    }
  }
}

async function contentsAt(images: Images, { image, base, epochS }: Built, rewritesTimes: boolean): Promise<ImageContents> {
  const contents = await contentsOf(images, image)
  if (epochS === undefined) return contents
  const dated = { ...contents, config: configAt(contents.config, epochS, base?.history ?? []) }
  return rewritesTimes ? layersAt(images, dated, epochS, base) : dated
}

/** @see OCI image-spec annotations.md */
function withDate(packed: PackedImage, epochS: number | undefined): PackedImage {
  const created = new Date(epochS === undefined ? Date.now() : epochS * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  const annotations = { 'org.opencontainers.image.created': created, ...packed.descriptor.annotations }
  return { ...packed, descriptor: { ...packed.descriptor, annotations } }
}
