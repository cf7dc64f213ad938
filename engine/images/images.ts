import { EngineError, messageOf } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import { removeTree } from '../linux/remove-tree.ts'
import type { Log } from '../log.ts'
import type { ImageRepository } from '../state/images.ts'
import { sweepLoads } from './archive/unpack.ts'
import { BlobStore } from './blobs.ts'
import { type CommitOptions, commitUpper } from './commit.ts'
import { type Digest, digestOf } from './digest.ts'
import { type Hold, Holds } from './holds.ts'
import { type Image, type ImageId, parseImage } from './image.ts'
import { chainIds, LayerStore } from './layers.ts'
import { ImageNames } from './names.ts'
import { familiarName, parseReference, type Reference, withDefaultTag } from './reference.ts'
import type { BlobNeighbour } from './registry/neighbour.ts'

/** Which containers, running or not, are made from an image. */
export interface ImageUsage {
  containersUsing(id: string): readonly { id: string; isRunning: boolean }[]
}

export interface RegistrySettings {
  /** Base URLs that are asked for Docker Hub's images first. */
  readonly mirrors: readonly string[]
  /** Base URL of what stands in for Docker Hub, for pull, push, login and search. */
  readonly hub: string | undefined
  readonly insecureCidrs: readonly string[]
  readonly insecureHosts: readonly string[]
  readonly maxConcurrentDownloads: number
  readonly maxConcurrentUploads: number
  readonly proxies: { readonly http: string; readonly https: string; readonly none: string }
  /** Folders as dockerd's `certs.d`: certificates by registry host. */
  readonly certificateFolders: readonly string[]
}

export interface ImageParts {
  readonly root: string
  readonly repository: ImageRepository
  readonly events: EventBus
  readonly log: Log
  readonly usage: ImageUsage
  readonly registry: RegistrySettings
  readonly neighbour?: BlobNeighbour
}

/**
 * The images of this daemon: which there are, what they are called, and their layers. What comes and goes over a
 * registry or an archive is in `registry/` and `archive/`.
 */
export class Images {
  readonly root: string
  readonly blobs: BlobStore
  readonly layers: LayerStore
  readonly names: ImageNames
  /** As of now: a reload of the daemon's configuration replaces them. */
  registry: RegistrySettings
  /** The engine's own registry, which need not be sent blobs that lie beside its own. */
  readonly neighbour: BlobNeighbour | undefined
  readonly events: EventBus
  readonly log: Log
  readonly #repository: ImageRepository
  readonly #usage: ImageUsage
  readonly #images = new Map<string, Image>()
  readonly #holds = new Holds()
  /** For containers that are being made. */
  readonly #reserved = new Set<{ readonly containerId: string; readonly imageId: ImageId }>()

  constructor(parts: ImageParts) {
    this.root = parts.root
    this.blobs = new BlobStore(parts.root)
    this.layers = new LayerStore(parts.root, this.blobs, parts.repository)
    this.names = new ImageNames(parts.repository)
    this.registry = parts.registry
    this.neighbour = parts.neighbour
    this.events = parts.events
    this.log = parts.log
    this.#repository = parts.repository
    this.#usage = parts.usage
  }

  /** Reads what is there, and removes what a crash left half-done. Called once, before anything else. */
  async reconcile(): Promise<void> {
    await this.blobs.open()
    await this.layers.open()
    await sweepLoads(this.root)
    for (const { id, parent, lastTagTime } of this.#repository.images()) {
      try {
        const text = await this.blobs.readText(id as Digest)
        this.#images.set(id, parseImage(id as ImageId, text, (parent ?? undefined) as ImageId | undefined, lastTagTime ?? undefined))
      } catch (error) {
        this.log.error('image left out: its configuration cannot be read', { image: id, error: messageOf(error) })
      }
    }
    this.names.load()
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
    return [...this.#images.values()].sort((a, b) => Date.parse(b.created ?? '') - Date.parse(a.created ?? '') || a.id.localeCompare(b.id))
  }

  /**
   * An image by name, id, or unique prefix of its id; a name that looks like a short id wins over the id.
   * @see engine-api notes 7.1
   */
  find(reference: string): Image | undefined {
    const id = /^(?:sha256:)?([0-9a-f]{64})$/.exec(reference)?.[1]
    if (id) return this.#images.get(`sha256:${id}`)
    const name = tryParse(reference)
    const byName = name && this.findExact(withDefaultTag(name))
    if (byName) return byName
    const prefix = /^(?:sha256:)?([0-9a-f]{1,63})$/.exec(reference)?.[1]
    if (prefix === undefined) return undefined
    const matches = [...this.#images.values()].filter((image) => image.id.startsWith(`sha256:${prefix}`))
    return matches.length === 1 ? matches[0] : undefined
  }

  /** By tag or digest reference alone. */
  findExact(reference: Reference): Image | undefined {
    const id = this.names.find(reference)
    return id === undefined ? undefined : this.#images.get(id)
  }

  /** @throws EngineError `not-found`, or `invalid` for what cannot be a name */
  get(reference: string): Image {
    const image = this.find(reference)
    if (image) return image
    if (/^(?:sha256:)?[0-9a-f]{64}$/.test(reference)) throw new EngineError('not-found', `No such image: ${reference}`)
    throw new EngineError('not-found', `No such image: ${familiarName(withDefaultTag(parseReference(reference)))}`)
  }

  /** Whether `text`, for which `image` was found, is its id or a prefix of it rather than a name. */
  isId(text: string, image: Image): boolean {
    const name = tryParse(text)
    return name === undefined || this.findExact(withDefaultTag(name)) !== image
  }

  /** An overlay's lower directories, top-most first: the extracted layers, and below them the points that the runtime mounts on. */
  lowerDirs(image: Image): string[] {
    return [...this.layerFolders(image), this.layers.initFolder]
  }

  /** The extracted layers of an image, top-most first. */
  layerFolders(image: Image): string[] {
    return chainIds(image.diffIds)
      .map((chainId) => this.layers.folder(chainId))
      .reverse()
  }

  /** Bytes of all files in its layers. */
  sizeOf(image: Image): number {
    return chainIds(image.diffIds).reduce((total, chainId) => total + this.layers.get(chainId).sizeBytes, 0)
  }

  referencesOf(id: ImageId): { repoTags: string[]; repoDigests: string[] } {
    return this.names.familiarOf(id)
  }

  /** Keeps an image for a container that is being made, until disposed of: then the container itself needs it, or nobody. */
  reserveFor(containerId: string, image: Image): Disposable {
    const reservation = { containerId, imageId: image.id }
    this.#reserved.add(reservation)
    return { [Symbol.dispose]: () => void this.#reserved.delete(reservation) }
  }

  /** The containers that are made from it or mount it, those that are being made among them. */
  usersOf(id: ImageId): readonly { id: string; isRunning: boolean }[] {
    const users = this.#usage.containersUsing(id)
    const reserved = new Set(
      [...this.#reserved].filter((one) => one.imageId === id && !users.some((user) => user.id === one.containerId)).map((one) => one.containerId),
    )
    return [...users, ...[...reserved].map((containerId) => ({ id: containerId, isRunning: false }))]
  }

  /** Whether work under way goes on from it. */
  isKept(id: ImageId): boolean {
    return this.#holds.keeps(id)
  }

  /** Whether there is nothing that needs it: no container, no image made on top of it, no work under way. */
  isUnneeded(id: ImageId): boolean {
    return this.usersOf(id).length === 0 && this.childrenOf(id).length === 0 && !this.isKept(id)
  }

  /** Images that were made on top of this one. */
  childrenOf(id: ImageId): Image[] {
    return [...this.#images.values()].filter((image) => image.parent === id)
  }

  /** Images that were made on top of this one, directly or not. */
  descendantsOf(id: ImageId): ImageId[] {
    return this.childrenOf(id).flatMap((child) => [child.id, ...this.descendantsOf(child.id)])
  }

  /**
   * Registers an image whose layers are all extracted and whose configuration is `text`. Idempotent; within {@link storing}.
   * @param hold of the work that names it, or goes on from it: until then, it looks like one that nobody needs
   */
  async add(text: string, hold: Hold, parent?: ImageId): Promise<Image> {
    const id = digestOf(text)
    const image = parseImage(id, text, parent)
    const chains = chainIds(image.diffIds)
    for (const chainId of chains) this.layers.get(chainId)
    await this.blobs.writeText(text)
    hold.keep(id)
    const existing = this.#images.get(id)
    if (existing) return existing
    this.#repository.insertImage({ id, parent: parent ?? null, lastTagTime: null }, [...new Set(chains)])
    this.#images.set(id, image)
    return image
  }

  /**
   * Gives an image a name; a tag that another image has moves.
   * @returns the image that had the tag before
   * @throws EngineError `invalid` for `sha256:…`, which would look like an id
   */
  name(image: Image, reference: Reference, announce = true): Image | undefined {
    if (reference.tag !== undefined && /(?:^|\/)sha256$/.test(reference.path)) {
      throw new EngineError('invalid', 'refusing to create an ambiguous tag using digest algorithm as name')
    }
    const before = this.names.find(reference)
    const now = new Date().toISOString()
    this.names.put(reference, image.id, now)
    image.lastTagTime = now
    if (announce && reference.digest === undefined) this.announce('tag', image, image.id, familiarName(reference))
    return before !== undefined && before !== image.id ? this.#images.get(before) : undefined
  }

  /** @see Engine API 1.51 ImageTag */
  tag(source: string, repository: string, tag: string): void {
    const image = this.get(source)
    this.name(image, withDefaultTag(parseReference(tag === '' ? repository : `${repository}:${tag}`)))
  }

  /** Takes a name away; the image stays. */
  unname(reference: Reference): void {
    const id = this.names.remove(reference)
    const image = id === undefined ? undefined : this.#images.get(id)
    if (image) this.announce('untag', image, image.id, image.id)
  }

  namesOf(id: ImageId): Reference[] {
    return this.names.of(id)
  }

  /** Tells the world; the image's labels go along. @see Engine API 1.51 SystemEvents */
  announce(action: string, image: Image, actorId: string, name: string): void {
    this.events.publish('image', action, actorId, { ...image.config.Labels, name })
  }

  /** Forgets an image and removes what nobody else needs. @returns chainIDs of the removed layers, lowest first */
  async forget(image: Image): Promise<string[]> {
    for (const name of this.namesOf(image.id)) this.unname(name)
    this.#repository.deleteImage(image.id)
    this.#images.delete(image.id)
    const removed = await this.collectGarbage()
    this.events.publish('image', 'delete', image.id, { name: image.id })
    return chainIds(image.diffIds).filter((chainId) => removed.has(chainId))
  }

  /**
   * Runs work that stores blobs and layers before there is an image that needs them: nothing is collected meanwhile.
   * Whatever it leaves that no image needs, also by failing, is gone when this returns.
   */
  async storing<T>(work: (hold: Hold) => Promise<T>): Promise<T> {
    const hold = await this.#holds.hold()
    try {
      return await work(hold)
    } finally {
      hold[Symbol.dispose]()
      await this.collectGarbage().catch((error) => this.log.error('garbage collection of images failed', { error: messageOf(error) }))
    }
  }

  /**
   * Removes layers and blobs that no image needs. While something is being stored it does nothing: the end of that collects.
   * @returns chainIDs of the removed layers
   */
  async collectGarbage(): Promise<ReadonlySet<string>> {
    const dropped = await this.#holds.collect(async () => {
      const layers = await this.layers.dropUnheld()
      const needed = new Set<string>([...this.#repository.images().map(({ id }) => id), ...this.layers.all().map(({ blob }) => blob)])
      for (const digest of await this.blobs.all()) if (!needed.has(digest)) await this.blobs.remove(digest)
      return layers
    })
    // Out of everybody's way by now: this may take seconds, and no pull need wait for it.
    for (const { folder } of dropped ?? []) await removeTree(folder)
    return new Set(dropped?.map(({ chainId }) => chainId))
  }

  /** Makes an image of an overlay's changes on top of another image. @see commitUpper */
  commit(options: CommitOptions): Promise<Image> {
    return commitUpper(this, options)
  }

  /** Bytes of all layers, each counted once. */
  layersSize(): number {
    return this.layers.all().reduce((total, { sizeBytes }) => total + sizeBytes, 0)
  }

  /** Bytes of an image's layers that others hold too. */
  sharedSizeOf(image: Image): number {
    const others = new Set([...this.#images.values()].filter((one) => one !== image).flatMap((one) => chainIds(one.diffIds)))
    return chainIds(image.diffIds).reduce((total, chainId) => total + (others.has(chainId) ? this.layers.get(chainId).sizeBytes : 0), 0)
  }
}

function tryParse(text: string): Reference | undefined {
  try {
    return parseReference(text)
  } catch {
    return undefined // Not a name: it may be an id.
  }
}
