import { pipeline } from 'node:stream/promises'
import { EngineError } from '../../errors.ts'
import { settled } from '../../settled.ts'
import { Slots } from '../../slots.ts'
import { byteCounter } from '../byte-counter.ts'
import { type Digest, digestOf, parseDigest, shortHexOf } from '../digest.ts'
import type { Hold } from '../holds.ts'
import { type Image, parseImage } from '../image.ts'
import type { Images } from '../images.ts'
import { chainIds, type LayerSource } from '../layers.ts'
import type { RepositoryClient } from './client.ts'
import { layerStream } from './layer-stream.ts'
import type { Descriptor, Manifest } from './manifest.ts'
import type { TransferProgress } from './progress.ts'

export interface Download {
  readonly images: Images
  readonly client: RepositoryClient
  readonly progress: TransferProgress
  readonly signal: AbortSignal
  /** Keeps the image until it has its name. */
  readonly hold: Hold
}

/** A layer of the image, and which it is to be. */
interface Step {
  readonly layer: Descriptor
  readonly chainId: Digest
  readonly diffId: Digest
}

/**
 * Brings the image of a manifest, unless it is there: all layers at once, as many at a time as allowed, each extracted as soon as it is here.
 * Within {@link Images.storing}.
 */
export async function downloadImage(parts: Download, manifest: Manifest): Promise<Image> {
  const { images, progress, hold } = parts
  const known = images.find(manifest.config.digest)
  if (known) {
    hold.keep(known.id)
    return known
  }
  const configText = await fetchConfig(parts.client, manifest.config)
  const { diffIds } = parseImage(digestOf(configText), configText)
  if (diffIds.length !== manifest.layers.length) throw new EngineError('system', 'invalid rootfs in image configuration')
  const slots = new Slots(images.registry.maxConcurrentDownloads)
  const chains = chainIds(diffIds)
  const steps = manifest.layers.map((layer, i) => {
    const chainId = chains[i] ?? parseDigest(layer.digest)
    const isThere = images.layers.find(chainId) !== undefined
    progress.step(shortHexOf(layer.digest), isThere ? 'Already exists' : 'Pulling fs layer')
    return { layer, chainId, diffId: diffIds[i] ?? chainId, isThere }
  })
  const stop = new AbortController()
  const signal = AbortSignal.any([parts.signal, stop.signal])
  const layers = steps.map(async (step) => {
    if (step.isThere) return
    await slots.run(
      () => downloadLayer({ ...parts, signal }, step),
      () => progress.step(shortHexOf(step.layer.digest), 'Waiting'),
    )
    signal.throwIfAborted()
    await extract(parts, step)
  })
  try {
    await Promise.all(layers)
    return await images.add(configText, hold)
  } finally {
    stop.abort()
    // The first failure is being reported; the others must have let go of the store before the hold ends.
    await Promise.allSettled(layers)
  }
}

/** Unless it was extracted as it came: the blob was there, or another pull brought it. */
async function extract({ images, progress }: Download, { layer, chainId, diffId }: Step): Promise<void> {
  const total = layer.size ?? 0
  await images.layers.ensure(sourceOf({ layer, chainId, diffId }), (current) => progress.step(shortHexOf(layer.digest), 'Extracting', { current, total }))
  progress.step(shortHexOf(layer.digest), 'Pull complete')
}

function sourceOf({ layer, chainId, diffId }: Step): LayerSource {
  return { chainId, diffId, blob: parseDigest(layer.digest), mediaType: layer.mediaType ?? '' }
}

async function fetchConfig(client: RepositoryClient, { digest, size }: Descriptor): Promise<string> {
  const { text } = await client.text(`blobs/${parseDigest(digest)}`, 'config')
  const isAsPromised = digestOf(text) === digest && (size === undefined || size === Buffer.byteLength(text))
  if (!isAsPromised) throw new EngineError('system', `image config verification failed for digest ${digest}`)
  return text
}

async function downloadLayer(parts: Download, step: Step): Promise<void> {
  parts.signal.throwIfAborted()
  const isOurs = await parts.images.blobs.once(parseDigest(step.layer.digest), () => fetchLayer(parts, step))
  if (!isOurs) parts.progress.step(shortHexOf(step.layer.digest), 'Download complete')
}

/** Stores the blob, and extracts it as it arrives. */
async function fetchLayer({ images, client, progress, signal }: Download, step: Step): Promise<void> {
  const { layer } = step
  const digest = parseDigest(layer.digest)
  const lent = await images.neighbour?.lend(client.place, digest)
  if (lent !== undefined && (await images.blobs.share(lent, digest))) return progress.step(shortHexOf(layer.digest), 'Download complete')
  const total = layer.size ?? 0
  const onWait = (seconds: number) => progress.step(shortHexOf(layer.digest), `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`)
  const counter = byteCounter((current) => progress.step(shortHexOf(layer.digest), 'Downloading', { current, total }))
  await using arriving = await images.layers.receive(false)
  // The stream says what went wrong, the writer only that its source broke; and both must have let go of the file.
  await settled([
    pipeline(layerStream(client, layer, { signal, onWait }), counter),
    images.blobs.write(counter, { expected: digest, copyTo: arriving.input, signal }),
  ])
  progress.step(shortHexOf(layer.digest), 'Verifying Checksum')
  progress.step(shortHexOf(layer.digest), 'Download complete')
  progress.step(shortHexOf(layer.digest), 'Extracting', { current: total, total })
  await images.layers.take(sourceOf(step), arriving)
}
