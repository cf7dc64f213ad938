import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { type Static, Type } from 'typebox'
import { EngineError, hasCode, messageOf } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'
import { ToolError } from '../../linux/run.ts'
import { extractTar } from '../../linux/tar.ts'
import { decompressed } from '../compression.ts'
import { type Digest, digestOf, hexOf, isDigest } from '../digest.ts'
import { type Image, parseImage } from '../image.ts'
import { hostArchitecture, type Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import { familiarName, parseReference, withDefaultTag } from '../reference.ts'

/** What a load tells its client as it goes. */
export interface LoadProgress {
  /** A layer that is being extracted, by its diffID. */
  layer(diffId: Digest, current: number, total: number): void
  message(text: string): void
}

const DockerManifest = Type.Array(
  Type.Object({
    Config: Type.String(),
    RepoTags: Type.Optional(Type.Array(Type.String())),
    Layers: Type.Optional(Type.Array(Type.String())),
  }),
)

const Descriptor = Type.Object({
  mediaType: Type.Optional(Type.String()),
  digest: Type.String(),
  platform: Type.Optional(Type.Object({ architecture: Type.String(), os: Type.String() })),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
})
const OciIndex = Type.Object({ manifests: Type.Optional(Type.Array(Descriptor)) })
const OciManifest = Type.Object({ config: Descriptor, layers: Type.Array(Descriptor) })

/** One image of an archive: where its parts lie, and what it is to be called. */
interface Found {
  readonly config: string
  readonly layers: readonly string[]
  readonly names: readonly string[]
}

/**
 * Takes in the images of an archive: docker's form of any age, or an OCI layout; compressed or not. Images appear
 * whole or not at all.
 * @throws EngineError `invalid` or `system` with docker's words; nothing of a bad archive stays
 * @see Engine API 1.51 ImageLoad
 */
export async function loadArchive(images: Images, root: string, body: Readable, progress: LoadProgress): Promise<void> {
  const folder = join(root, `load-${randomUUID()}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    await unpack(body, folder)
    for (const found of await findImages(folder)) await loadOne(images, folder, found, progress)
  } finally {
    await rm(folder, { recursive: true, force: true })
    await images.collectGarbage()
  }
}

async function unpack(body: Readable, folder: string): Promise<void> {
  try {
    await extractTar(await decompressed(body), folder, ['--no-same-owner', '--no-same-permissions'])
  } catch (error) {
    if (error instanceof ToolError) throw new EngineError('system', 'Error processing tar file(exit status 1): archive/tar: invalid tar header', { cause: error })
    throw error
  }
}

async function findImages(folder: string): Promise<Found[]> {
  const docker = await readOptional(join(folder, 'manifest.json'))
  if (docker !== undefined) {
    return parse(DockerManifest, docker).map(({ Config, RepoTags, Layers }) => ({ config: Config, layers: Layers ?? [], names: RepoTags ?? [] }))
  }
  const index = await readOptional(join(folder, 'index.json'))
  if (index === undefined) throw new EngineError('system', `open ${join(folder, 'manifest.json')}: no such file or directory`)
  const found: Found[] = []
  for (const descriptor of parse(OciIndex, index).manifests ?? []) found.push(...(await ociImages(folder, descriptor)))
  return found
}

/** An entry of an OCI index: an image, or an index again, of which the host's platform counts. */
async function ociImages(folder: string, descriptor: Static<typeof Descriptor>): Promise<Found[]> {
  const text = await readFile(await inside(folder, blobPath(descriptor.digest)), 'utf8')
  const nested = parse(OciIndex, text).manifests
  if (nested) {
    const fitting = nested.find(({ platform }) => platform?.os === 'linux' && platform.architecture === hostArchitecture())
    return fitting ? ociImages(folder, { ...fitting, annotations: descriptor.annotations }) : []
  }
  const manifest = parse(OciManifest, text)
  const name = descriptor.annotations?.['io.containerd.image.name'] ?? descriptor.annotations?.['org.opencontainers.image.ref.name']
  return [{ config: blobPath(manifest.config.digest), layers: manifest.layers.map(({ digest }) => blobPath(digest)), names: name === undefined ? [] : [name] }]
}

function blobPath(digest: string): string {
  if (!isDigest(digest)) throw new EngineError('invalid', `invalid checksum digest format: ${digest}`)
  return `blobs/sha256/${hexOf(digest)}`
}

async function loadOne(images: Images, folder: string, found: Found, progress: LoadProgress): Promise<void> {
  const text = await readFile(await inside(folder, found.config), 'utf8')
  const image = parseImage(digestOf(text), text)
  if (image.diffIds.length !== found.layers.length) {
    throw new EngineError('invalid', `invalid manifest, layers length mismatch: expected ${image.diffIds.length}, got ${found.layers.length}`)
  }
  const references = found.names.map((name) => withDefaultTag(parseReference(name)))
  const leased: Disposable[] = []
  try {
    const chains = chainIds(image.diffIds)
    for (const [i, diffId] of image.diffIds.entries()) {
      const chainId = chains[i]
      if (chainId === undefined || images.layers.find(chainId)) continue
      const path = await inside(folder, found.layers[i] ?? '')
      const { size } = await lstat(path)
      const { digest } = await images.blobs.write(createReadStream(path, { highWaterMark: 256 * 1024 }))
      leased.push(images.lease([digest]))
      let done = 0
      await images.layers.ensure(chainId, diffId, digest, 'application/vnd.docker.image.rootfs.diff.tar', (bytes) => {
        done += bytes
        progress.layer(diffId, done, size)
      })
    }
    nameLoaded(images, await images.add(text), references, progress)
  } finally {
    for (const lease of leased) lease[Symbol.dispose]()
  }
}

function nameLoaded(images: Images, image: Image, references: readonly ReturnType<typeof parseReference>[], progress: LoadProgress): void {
  for (const reference of references) {
    const before = images.name(image, reference, false)
    const name = familiarName(reference)
    if (before) progress.message(`The image ${name} already exists, renaming the old one with ID ${before.id} to empty string\n`)
    progress.message(`Loaded image: ${name}\n`)
  }
  if (references.length === 0) progress.message(`Loaded image ID: ${image.id}\n`)
  images.events.publish('image', 'load', image.id, { name: image.id })
}

/** A path of the archive; old archives link one layer to another. @throws EngineError `invalid` when it leads out of it */
async function inside(folder: string, path: string): Promise<string> {
  try {
    const real = await realpath(join(folder, path))
    if (real.startsWith(folder + sep) && !path.split('/').includes('..')) return real
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw new EngineError('system', `open ${path}: no such file or directory`, { cause: error })
    throw error
  }
  throw new EngineError('invalid', `invalid tar header: ${path} is outside of the archive`)
}

function parse<T extends Parameters<typeof decodeObject>[0]>(schema: T, text: string): Static<T> {
  try {
    return decodeObject(schema, JSON.parse(text))
  } catch (error) {
    throw new EngineError('invalid', `invalid manifest: ${messageOf(error)}`, { cause: error })
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Removes the folders of loads that a crash cut off. */
export async function sweepLoads(root: string): Promise<void> {
  for (const name of await readdir(root)) if (name.startsWith('load-')) await rm(join(root, name), { recursive: true, force: true })
}
