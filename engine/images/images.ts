import { EngineError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import { packTar } from '../linux/tar.ts'
import type { Log } from '../log.ts'
import type { ImageRepository } from '../state/images.ts'
import { BlobStore } from './blobs.ts'
import { type Digest, digestOf } from './digest.ts'
import { type HistoryEntry, type Image, type ImageConfig, type ImageId, parseImage } from './image.ts'
import { fromOverlay } from './layer-tar.ts'
import { chainIds, LayerStore } from './layers.ts'
import { familiarName, familiarRepository, fullRepository, parseReference, type Reference, withDefaultTag } from './reference.ts'

/** Which containers, running or not, are made from an image. */
export interface ImageUsage {
  containersUsing(id: string): readonly { id: string; isRunning: boolean }[]
}

export interface RegistrySettings {
  readonly mirrors: readonly string[]
  readonly insecureCidrs: readonly string[]
  readonly insecureHosts: readonly string[]
  readonly maxConcurrentDownloads: number
  readonly maxConcurrentUploads: number
}

export interface CommitOptions {
  readonly parent: Image | undefined
  /** Overlay upper directory with the changes. */
  readonly upperDir: string
  readonly config: ImageConfig
  readonly author: string
  readonly comment: string
  readonly createdBy: string
  /** Name to give it. */
  readonly reference: string | undefined
  readonly containerId: string
}

const LAYER_TAR = 'application/vnd.docker.image.rootfs.diff.tar'

const ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** The architecture of this machine in the image specification's words. */
export function hostArchitecture(): string {
  return ARCHITECTURE[process.arch] ?? process.arch
}

/**
 * The images of this daemon: which there are, what they are called, and their layers. What comes and goes over a
 * registry or an archive is in `registry/` and `archive/`.
 */
export class Images {
  readonly blobs: BlobStore
  readonly layers: LayerStore
  readonly registry: RegistrySettings
  readonly events: EventBus
  readonly log: Log
  readonly #repository: ImageRepository
  readonly #usage: ImageUsage
  readonly #images = new Map<string, Image>()
  /** Full reference → image. */
  readonly #names = new Map<string, ImageId>()
  /** Blobs of a load or pull under way: nobody may collect them. */
  readonly #leases = new Set<Digest>()

  constructor(parts: { root: string; repository: ImageRepository; events: EventBus; log: Log; usage: ImageUsage; registry: RegistrySettings }) {
    this.blobs = new BlobStore(parts.root)
    this.layers = new LayerStore(parts.root, this.blobs, parts.repository)
    this.registry = parts.registry
    this.events = parts.events
    this.log = parts.log
    this.#repository = parts.repository
    this.#usage = parts.usage
  }

  /** Reads what is there, and removes what a crash left half-done. */
  async reconcile(): Promise<void> {
    await this.blobs.open()
    await this.layers.open()
    for (const { id, parent, lastTagTime } of this.#repository.images()) {
      const text = await this.blobs.readText(id as Digest)
      this.#images.set(id, parseImage(id as ImageId, text, (parent ?? undefined) as ImageId | undefined, lastTagTime ?? undefined))
    }
    for (const { name, imageId } of this.#repository.names()) this.#names.set(name, imageId as ImageId)
    await this.collectGarbage()
  }

  get layersRoot(): string {
    return this.layers.root
  }

  count(): number {
    return this.#images.size
  }

  /** Newest first. */
  all(): Image[] {
    return [...this.#images.values()].sort((a, b) => (b.created ?? '').localeCompare(a.created ?? ''))
  }

  /**
   * An image by name, id, or unique prefix of its id; a name that looks like an id wins over the id.
   * @throws EngineError `invalid` when it can be neither
   */
  find(reference: string): Image | undefined {
    const id = /^(?:sha256:)?([0-9a-f]{64})$/.exec(reference)?.[1]
    if (id) return this.#images.get(`sha256:${id}`)
    const byName = this.#findByName(reference)
    if (byName) return byName
    const prefix = /^(?:sha256:)?([0-9a-f]{1,63})$/.exec(reference)?.[1]
    if (prefix === undefined) return undefined
    const matches = [...this.#images.values()].filter((image) => image.id.startsWith(`sha256:${prefix}`))
    return matches.length === 1 ? matches[0] : undefined
  }

  #findByName(text: string): Image | undefined {
    const reference = tryParse(text)
    return reference && this.findExact(withDefaultTag(reference))
  }

  /** By tag or digest reference alone. */
  findExact(reference: Reference): Image | undefined {
    const repository = fullRepository(reference)
    const name = reference.digest === undefined ? `${repository}:${reference.tag}` : `${repository}@${reference.digest}`
    const id = this.#names.get(name)
    return id === undefined ? undefined : this.#images.get(id)
  }

  /** @throws EngineError `not-found`, or `invalid` for what cannot be a name */
  get(reference: string): Image {
    const image = this.find(reference)
    if (image) return image
    if (/^(?:sha256:)?[0-9a-f]{64}$/.test(reference)) throw new EngineError('not-found', `No such image: ${reference}`)
    throw new EngineError('not-found', `No such image: ${familiarName(withDefaultTag(parseReference(reference)))}`)
  }

  /** Extracted layers, top-most first: an overlay's lower directories. */
  lowerDirs(image: Image): string[] {
    return chainIds(image.diffIds)
      .map((chainId) => this.layers.folder(chainId))
      .reverse()
  }

  /** Bytes of all files in its layers. */
  sizeOf(image: Image): number {
    return chainIds(image.diffIds).reduce((total, chainId) => total + this.layers.get(chainId).sizeBytes, 0)
  }

  referencesOf(id: ImageId): { repoTags: string[]; repoDigests: string[] } {
    const names = [...this.#names].filter(([, imageId]) => imageId === id).map(([name]) => familiarName(parseReference(name)))
    return { repoTags: names.filter((name) => !name.includes('@')).sort(), repoDigests: names.filter((name) => name.includes('@')).sort() }
  }

  /** The tags of a repository, by its full name. */
  tagsOf(repository: string): string[] {
    return [...this.#names.keys()].filter((name) => name.startsWith(`${repository}:`)).map((name) => name.slice(repository.length + 1))
  }

  usersOf(id: ImageId): readonly { id: string; isRunning: boolean }[] {
    return this.#usage.containersUsing(id)
  }

  /** Images that were made on top of this one, directly or not. */
  descendantsOf(id: ImageId): ImageId[] {
    const children = [...this.#images.values()].filter((image) => image.parent === id).map((image) => image.id)
    return children.flatMap((child) => [child, ...this.descendantsOf(child)])
  }

  /** Registers an image whose layers are all extracted and whose configuration is `text`. Idempotent. */
  async add(text: string, parent?: ImageId): Promise<Image> {
    const id = digestOf(text)
    const existing = this.#images.get(id)
    if (existing) return existing
    const image = parseImage(id, text, parent)
    const chains = chainIds(image.diffIds)
    for (const chainId of chains) this.layers.get(chainId)
    await this.blobs.writeText(text)
    this.#repository.insertImage({ id, parent: parent ?? null, lastTagTime: null }, [...new Set(chains)])
    this.#images.set(id, image)
    this.events.publish('image', 'create', id, { name: id })
    return image
  }

  /**
   * Gives an image a name; a tag that another image has moves.
   * @returns the image that had the tag before
   */
  name(image: Image, reference: Reference, announce = true): Image | undefined {
    const { tag, digest } = reference
    if (fullRepository(reference).endsWith('/sha256') && tag !== undefined) {
      throw new EngineError('invalid', 'refusing to create an ambiguous tag using digest algorithm as name')
    }
    const key = digest === undefined ? `${fullRepository(reference)}:${tag}` : `${fullRepository(reference)}@${digest}`
    const before = this.#names.get(key)
    const now = new Date().toISOString()
    this.#repository.putName(key, image.id, now)
    this.#names.set(key, image.id)
    image.lastTagTime = now
    if (announce && digest === undefined) this.events.publish('image', 'tag', image.id, { name: familiarName(reference), ...image.config.Labels })
    return before !== undefined && before !== image.id ? this.#images.get(before) : undefined
  }

  /** @see Engine API 1.51 ImageTag */
  tag(source: string, repository: string, tag: string): void {
    const image = this.get(source)
    this.name(image, withDefaultTag(parseReference(tag === '' ? repository : `${repository}:${tag}`)))
  }

  /** Takes a name away; the image stays. */
  unname(reference: Reference): void {
    const { tag, digest } = reference
    const key = digest === undefined ? `${fullRepository(reference)}:${tag}` : `${fullRepository(reference)}@${digest}`
    const id = this.#names.get(key)
    if (id === undefined) return
    this.#repository.deleteName(key)
    this.#names.delete(key)
    this.events.publish('image', 'untag', id, { name: id })
  }

  /** The names of an image, parsed. */
  namesOf(id: ImageId): Reference[] {
    return [...this.#names].filter(([, imageId]) => imageId === id).map(([name]) => parseReference(name))
  }

  /** Forgets an image and removes what nobody else needs. @returns chainIDs of the removed layers */
  async forget(image: Image): Promise<string[]> {
    for (const name of this.namesOf(image.id)) this.unname(name)
    this.#repository.deleteImage(image.id)
    this.#images.delete(image.id)
    const removed = await this.collectGarbage()
    this.events.publish('image', 'delete', image.id, { name: image.id })
    return removed
  }

  /** Keeps blobs from being collected until disposed of. */
  lease(digests: readonly Digest[]): Disposable {
    for (const digest of digests) this.#leases.add(digest)
    return {
      [Symbol.dispose]: () => {
        for (const digest of digests) this.#leases.delete(digest)
      },
    }
  }

  /** Removes layers and blobs that no image needs. @returns chainIDs of the removed layers */
  async collectGarbage(): Promise<string[]> {
    if (this.#leases.size > 0) return [] // A load is under way: its layers have no image yet. The next removal collects.
    const removed = await this.layers.collect()
    const needed = new Set<string>([...this.#images.keys(), ...this.layers.all().map(({ blob }) => blob)])
    for (const digest of await this.blobs.all()) if (!needed.has(digest) && !this.#leases.has(digest)) await this.blobs.remove(digest)
    return removed.map(({ chainId }) => chainId)
  }

  /**
   * Makes an image of an overlay's changes on top of another image.
   * @throws EngineError `invalid` for a bad name
   * @see docker commit
   */
  async commit(options: CommitOptions): Promise<Image> {
    const reference = options.reference === undefined ? undefined : withDefaultTag(parseReference(options.reference))
    const packed = packTar(options.upperDir, ['.'])
    const [{ digest: diffId }] = await Promise.all([this.blobs.write(fromOverlay(packed.stream)), packed.done])
    using _lease = this.lease([diffId])
    const created = new Date().toISOString()
    const entry: HistoryEntry = { created, created_by: options.createdBy, ...(options.comment && { comment: options.comment }), ...(options.author && { author: options.author }) }
    const image = await this.addLayered({ ...options, created, diffId, entry })
    if (reference) this.name(image, reference)
    return image
  }

  /** Adds one plain layer, which is a blob already, and the image that it makes. */
  async addLayered(options: {
    parent: Image | undefined
    config: ImageConfig
    author: string
    comment: string
    created: string
    diffId: Digest
    entry: HistoryEntry
  }): Promise<Image> {
    const { parent, config, author, comment, created, diffId, entry } = options
    const diffIds = [...(parent?.diffIds ?? []), diffId]
    const chainId = chainIds(diffIds).at(-1) ?? diffId
    await this.layers.ensure(chainId, diffId, diffId, LAYER_TAR)
    const file = {
      architecture: parent?.architecture || hostArchitecture(),
      ...(author && { author }),
      ...(comment && { comment }),
      config,
      created,
      history: [...(parent?.history ?? []), entry],
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: diffIds },
    }
    return this.add(JSON.stringify(file), parent?.id)
  }

  /** Bytes of all layers, each counted once. */
  layersSize(): number {
    return this.layers.all().reduce((total, { sizeBytes }) => total + sizeBytes, 0)
  }

  /** Bytes of an image's layers that others hold too. */
  sharedSizeOf(image: Image): number {
    const holders = new Map<string, number>()
    for (const one of this.#images.values()) for (const chainId of new Set(chainIds(one.diffIds))) holders.set(chainId, (holders.get(chainId) ?? 0) + 1)
    return chainIds(image.diffIds).reduce((total, chainId) => total + ((holders.get(chainId) ?? 0) > 1 ? this.layers.get(chainId).sizeBytes : 0), 0)
  }
}

function tryParse(text: string): Reference | undefined {
  try {
    return parseReference(text)
  } catch {
    return undefined // Not a name: it may be an id.
  }
}

/** `busybox` of `busybox:latest`, for events. */
export function eventName(reference: Reference): string {
  return familiarRepository(reference)
}
