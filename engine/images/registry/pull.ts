import { Readable } from 'node:stream'
import { EngineError } from '../../errors.ts'
import { type Digest, digestOf, parseDigest } from '../digest.ts'
import { type Image, parseImage } from '../image.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import { tap } from '../layer-tar.ts'
import { familiarName, familiarRepository, parseReference, type Reference, withDefaultTag } from '../reference.ts'
import type { RegistryAuth } from './auth.ts'
import { RepositoryClient } from './client.ts'
import { ACCEPT, choosePlatform, type Descriptor, INDEX_TYPES, type Manifest, parseManifest } from './manifest.ts'

/** Where a transfer's progress goes. */
export interface TransferProgress {
  send(line: Readonly<Record<string, unknown>>): void
  step(id: string, status: string, detail?: { current: number; total: number }): void
}

export interface PullOptions {
  readonly name: string
  /** Tag or digest; empty when the name says it. */
  readonly tag: string
  readonly platform: string
  readonly auth: RegistryAuth | undefined
  readonly signal: AbortSignal
}

/**
 * Brings an image from its registry.
 * @throws EngineError with docker's words
 * @see Engine API 1.51 ImageCreate; OCI distribution-spec v1.1, "Pull"
 */
export async function pullImage(images: Images, options: PullOptions, progress: TransferProgress): Promise<void> {
  const reference = withDefaultTag(parseReference(withTag(options.name, options.tag)))
  if (reference.path === 'library/scratch') throw new EngineError('forbidden', "'scratch' is a reserved name")
  const { auth, signal, platform } = options
  const client = new RepositoryClient({ reference, auth, settings: images.registry, actions: 'pull', signal })
  try {
    await client.connect()
    const { text, digest } = await fetchManifest(client, reference, reference.digest ?? reference.tag ?? 'latest')
    progress.send({ status: `Pulling from ${familiarRepository(reference).replace(`${reference.domain}/`, '')}`, id: reference.digest ?? reference.tag })
    const manifest = await imageManifest(client, reference, text, platform)
    const before = images.findExact(reference)
    const image = await pullLayers(images, client, manifest, progress)
    const repository = { ...reference, tag: undefined, digest: undefined }
    images.name(image, { ...repository, digest }, false)
    if (reference.digest === undefined) images.name(image, reference, false)
    progress.send({ status: `Digest: ${digest}` })
    const isNew = before?.id !== image.id
    progress.send({ status: `Status: ${isNew ? 'Downloaded newer image' : 'Image is up to date'} for ${familiarName(reference)}` })
    images.events.publish('image', 'pull', familiarName(reference), { name: familiarRepository(reference), ...image.config.Labels })
  } finally {
    await client.close()
    await images.collectGarbage()
  }
}

function withTag(name: string, tag: string): string {
  if (tag === '') return name
  return tag.startsWith('sha256:') ? `${name}@${tag}` : `${name}:${tag}`
}

async function fetchManifest(client: RepositoryClient, reference: Reference, target: string): Promise<{ text: string; digest: Digest; mediaType: string }> {
  const response = await client.call('GET', `manifests/${target}`, { headers: { accept: ACCEPT } })
  const text = await response.body.text()
  if (response.status === 404) throw new EngineError('not-found', notFoundMessage(reference, text))
  if (response.status === 401 || response.status === 403) {
    throw new EngineError('not-found', `pull access denied for ${familiarRepository(reference)}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`)
  }
  if (response.status !== 200) throw new EngineError('system', `received unexpected HTTP status: ${response.status}`)
  const digest = digestOf(text)
  if (target.startsWith('sha256:') && digest !== target) throw new EngineError('system', `manifest verification failed for digest ${target}`)
  return { text, digest, mediaType: String(response.headers['content-type'] ?? '') }
}

function notFoundMessage(reference: Reference, text: string): string {
  if (text.includes('NAME_UNKNOWN')) return `repository ${familiarRepository(reference)} not found: name unknown: repository name not known to registry`
  return `manifest for ${familiarName(reference)} not found: manifest unknown: manifest unknown`
}

/** Follows an index to the manifest of the platform. */
async function imageManifest(client: RepositoryClient, reference: Reference, text: string, platform: string): Promise<Manifest> {
  const { mediaType, manifests } = JSON.parse(text) as { mediaType?: string; manifests?: unknown }
  if (manifests === undefined && !INDEX_TYPES.includes(mediaType ?? '')) return parseManifest(text)
  const chosen = choosePlatform(text, platform)
  return parseManifest((await fetchManifest(client, reference, chosen.digest)).text)
}

/** All layers at once, as many at a time as allowed, then extracted from the lowest up. */
async function pullLayers(images: Images, client: RepositoryClient, manifest: Manifest, progress: TransferProgress): Promise<Image> {
  const configText = await fetchConfig(client, manifest.config)
  const image = parseImage(digestOf(configText), configText)
  if (image.diffIds.length !== manifest.layers.length) throw new EngineError('system', 'invalid rootfs in image configuration')
  const chains = chainIds(image.diffIds)
  using _lease = images.lease(manifest.layers.map(({ digest }) => parseDigest(digest)))
  for (const [i, layer] of manifest.layers.entries()) progress.step(shortId(layer), isThere(images, chains[i]) ? 'Already exists' : 'Pulling fs layer')
  const downloads = new DownloadQueue(images.registry.maxConcurrentDownloads)
  const pending = manifest.layers.map((layer, i) => (isThere(images, chains[i]) ? Promise.resolve() : downloads.run(() => download(images, client, layer, progress))))
  // A failure must not leave the others' rejections unhandled while the first is being reported.
  for (const one of pending) one.catch(() => undefined)
  for (const [i, layer] of manifest.layers.entries()) {
    await pending[i]
    const chainId = chains[i]
    const diffId = image.diffIds[i]
    if (chainId === undefined || diffId === undefined || isThere(images, chainId)) continue
    let done = 0
    await images.layers.ensure(chainId, diffId, parseDigest(layer.digest), layer.mediaType ?? '', (bytes) => {
      done += bytes
      progress.step(shortId(layer), 'Extracting', { current: done, total: layer.size ?? 0 })
    })
    progress.step(shortId(layer), 'Pull complete')
  }
  return images.add(configText)
}

function isThere(images: Images, chainId: Digest | undefined): boolean {
  return chainId !== undefined && images.layers.find(chainId) !== undefined
}

async function fetchConfig(client: RepositoryClient, descriptor: Descriptor): Promise<string> {
  const response = await client.call('GET', `blobs/${parseDigest(descriptor.digest)}`)
  const text = await response.body.text()
  if (response.status !== 200 || digestOf(text) !== descriptor.digest) throw new EngineError('system', `image config verification failed for digest ${descriptor.digest}`)
  return text
}

async function download(images: Images, client: RepositoryClient, layer: Descriptor, progress: TransferProgress): Promise<void> {
  const digest = parseDigest(layer.digest)
  if (!(await images.blobs.has(digest))) {
    const response = await client.call('GET', `blobs/${digest}`)
    if (response.status !== 200) {
      await response.body.dump()
      throw new EngineError('system', `received unexpected HTTP status: ${response.status} for layer ${digest}`)
    }
    let done = 0
    const meter = tap((chunk) => {
      done += chunk.length
      progress.step(shortId(layer), 'Downloading', { current: done, total: layer.size ?? 0 })
    })
    response.body.on('error', (error) => meter.destroy(error))
    await images.blobs.write(Readable.from(response.body.pipe(meter)), digest)
  }
  progress.step(shortId(layer), 'Verifying Checksum')
  progress.step(shortId(layer), 'Download complete')
}

function shortId({ digest }: Descriptor): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12)
}

/** So many at a time, in order. */
class DownloadQueue {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#free = Math.max(1, most)
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free -= 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }
}
