import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import tar, { type Pack } from 'tar-stream'
import { decompressed } from '../compression.ts'
import { DigestMeter, digestOf, hexOf } from '../digest.ts'
import type { Image } from '../image.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import { familiarName, familiarRepository, parseReference, type Reference, withDefaultTag } from '../reference.ts'

interface Chosen {
  readonly image: Image
  readonly references: readonly Reference[]
}

const EPOCH = new Date(0)

/**
 * An archive of images in the form of docker 28: blobs by digest, layers as plain tars, `manifest.json` and an OCI
 * index that say which is what. Streams; nothing larger than a manifest is held.
 * @param names as the client gave them: a repository without a tag means all its tags
 * @throws EngineError `not-found` before the first byte
 */
export function saveArchive(images: Images, names: readonly string[]): Readable {
  const chosen = names.map((name) => choose(images, name))
  const pack = tar.pack()
  write(images, pack, mergeImages(chosen)).catch((error) => pack.destroy(error))
  for (const { image } of chosen) images.events.publish('image', 'save', image.id, { name: image.id })
  return Readable.from(pack as AsyncIterable<Buffer>)
}

function choose(images: Images, name: string): Chosen {
  const image = images.get(name)
  if (/^(?:sha256:)?[0-9a-f]+$/.test(name) && image.id.includes(name.replace('sha256:', ''))) return { image, references: [] }
  return { image, references: [withDefaultTag(parseReference(name))] }
}

function mergeImages(chosen: readonly Chosen[]): Chosen[] {
  const byId = new Map<string, Chosen>()
  for (const { image, references } of chosen) {
    byId.set(image.id, { image, references: [...(byId.get(image.id)?.references ?? []), ...references] })
  }
  return [...byId.values()]
}

async function write(images: Images, pack: Pack, chosen: readonly Chosen[]): Promise<void> {
  const written = new Set<string>()
  const once = async (path: string, content: () => Promise<void>) => {
    if (written.has(path)) return
    written.add(path)
    await content()
  }
  await entry(pack, 'oci-layout', '{"imageLayoutVersion":"1.0.0"}')
  const manifests: object[] = []
  const index: object[] = []
  const repositories: Record<string, Record<string, string>> = {}
  for (const { image, references } of chosen) {
    const layers: { path: string; sizeBytes: number }[] = []
    for (const [i, chainId] of chainIds(image.diffIds).entries()) {
      const diffId = image.diffIds[i]
      if (diffId === undefined) continue
      const path = `blobs/sha256/${hexOf(diffId)}`
      const row = images.layers.get(chainId)
      const open = () => decompressed(images.blobs.read(row.blob as typeof diffId))
      const sizeBytes = await plainSize(images, row.blob as typeof diffId, diffId, open)
      layers.push({ path, sizeBytes })
      await once(path, () => streamEntry(pack, path, sizeBytes, open))
    }
    const configText = await images.blobs.readText(image.id)
    const configPath = `blobs/sha256/${hexOf(image.id)}`
    await once(configPath, () => entry(pack, configPath, configText))
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: image.id, size: Buffer.byteLength(configText) },
      layers: layers.map(({ sizeBytes }, i) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: image.diffIds[i], size: sizeBytes })),
    })
    const digest = digestOf(manifest)
    await once(`blobs/sha256/${hexOf(digest)}`, () => entry(pack, `blobs/sha256/${hexOf(digest)}`, manifest))
    const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: Buffer.byteLength(manifest) }
    const tags = references.map((reference) => familiarName(reference))
    index.push(...(tags.length === 0 ? [descriptor] : references.map((one) => ({ ...descriptor, annotations: annotations(one) }))))
    manifests.push({ Config: configPath, RepoTags: tags.length > 0 ? tags : null, Layers: layers.map(({ path }) => path) })
    for (const reference of references) {
      const repository = familiarRepository(reference)
      repositories[repository] = { ...repositories[repository], [reference.tag ?? '']: hexOf(image.diffIds.at(-1) ?? image.id) }
    }
  }
  await entry(pack, 'index.json', JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: index }))
  await entry(pack, 'manifest.json', JSON.stringify(manifests))
  if (Object.keys(repositories).length > 0) await entry(pack, 'repositories', JSON.stringify(repositories))
  pack.finalize()
}

function annotations(reference: Reference): Record<string, string> {
  return { 'io.containerd.image.name': `${reference.domain}/${reference.path}:${reference.tag}`, 'org.opencontainers.image.ref.name': reference.tag ?? '' }
}

/** A tar entry's size comes before its bytes, so a compressed layer is read once to count. */
async function plainSize(images: Images, blob: Image['id'], diffId: Image['id'], open: () => Promise<Readable>): Promise<number> {
  if (blob === diffId) return (await images.blobs.sizeOf(blob)) ?? 0
  const meter = new DigestMeter()
  const stream = (await open()).pipe(meter)
  stream.resume()
  await finished(stream)
  return meter.sizeBytes
}

function entry(pack: Pack, name: string, content: string): Promise<void> {
  return new Promise((resolve, reject) => {
    pack.entry({ name, mode: 0o644, mtime: EPOCH, size: Buffer.byteLength(content) }, content, (error) => (error ? reject(error) : resolve()))
  })
}

async function streamEntry(pack: Pack, name: string, size: number, open: () => Promise<Readable>): Promise<void> {
  const source = await open()
  return new Promise((resolve, reject) => {
    const target = pack.entry({ name, mode: 0o644, mtime: EPOCH, size }, (error) => (error ? reject(error) : resolve()))
    const copy = async () => {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        if (!target.write(chunk)) await new Promise<void>((go) => target.once('drain', () => go()))
      }
      target.end(undefined)
    }
    copy().catch(reject)
  })
}
