import { createHash, randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, hasCode } from '../errors.ts'
import { removeTree } from '../linux/remove-tree.ts'
import { syncFileSystem, syncFolder } from '../linux/sync.ts'
import type { ImageRepository, LayerRow, SentForm } from '../state/images.ts'
import { ArrivingLayer } from './arriving-layer.ts'
import type { BlobStore } from './blobs.ts'
import { type Digest, verifyDigest } from './digest.ts'
import { Extractor } from './extractor.ts'
import { makeInitLayer } from './init-layer.ts'

/** The chainIDs of an image's layers, lowest first. @see OCI image-spec config.md, "Layer ChainID" */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  let parent: string | undefined
  return diffIds.map((diffId) => {
    parent = parent === undefined ? diffId : `sha256:${createHash('sha256').update(`${parent} ${diffId}`).digest('hex')}`
    return parent as Digest
  })
}

/** A layer that is to be there: which, and the blob to make it from. */
export interface LayerSource {
  readonly chainId: Digest
  readonly diffId: Digest
  readonly blob: Digest
  readonly mediaType: string
}

/** The directory that a layer's tar was packed from. */
export interface PackedFolder {
  readonly folder: string
  /** Of all its files. */
  readonly sizeBytes: number
}

const NAME_LENGTH = 12
const ROOT_MODE = 0o755
const INIT = 'init'

/**
 * Layers extracted once by chainID, each a folder `<root>/layers/<12 hex>` that is an overlay's lower directory as it
 * stands. A layer is extracted beside its place, flushed, renamed, and only then a row: one that is known is whole.
 */
export class LayerStore {
  readonly root: string
  readonly #blobs: BlobStore
  readonly #repository: ImageRepository
  readonly #extractor = new Extractor()
  readonly #layers = new Map<string, LayerRow>()
  /** Extractions under way: two pulls of one layer share one. */
  readonly #running = new Map<string, Promise<LayerRow>>()

  constructor(root: string, blobs: BlobStore, repository: ImageRepository) {
    this.root = join(root, 'layers')
    this.#blobs = blobs
    this.#repository = repository
  }

  /** Removes folders without a row: an extraction or a removal was cut off. */
  async open(): Promise<void> {
    await mkdir(this.initFolder, { recursive: true, mode: 0o755 })
    await makeInitLayer(this.initFolder)
    for (const row of this.#repository.layers()) this.#layers.set(row.chainId, row)
    const known = new Set([INIT, ...[...this.#layers.values()].map(({ folder }) => folder)])
    for (const name of await readdir(this.root)) if (!known.has(name)) await removeTree(join(this.root, name))
  }

  /** The lowest layer of every container. @see makeInitLayer */
  get initFolder(): string {
    return join(this.root, INIT)
  }

  find(chainId: Digest): LayerRow | undefined {
    return this.#layers.get(chainId)
  }

  /** @throws EngineError `system` when it is not extracted */
  get(chainId: Digest): LayerRow {
    const row = this.#layers.get(chainId)
    if (!row) throw new EngineError('system', `layer does not exist: ${chainId}`)
    return row
  }

  folder(chainId: Digest): string {
    return join(this.root, this.get(chainId).folder)
  }

  /** What it was packed to when it was pushed. */
  sentAs(chainId: Digest): SentForm | undefined {
    return this.#repository.sentForm(chainId)
  }

  rememberSent(chainId: Digest, form: SentForm): void {
    this.#repository.putSentForm(chainId, form)
  }

  /**
   * Extracts a layer from its blob, unless it is there. Within {@link Images.storing}.
   * @param onBytes called with the bytes of the blob that were read so far
   * @throws EngineError `system` when its bytes are not those of the diffID
   */
  ensure(source: LayerSource, onBytes: (total: number) => void = () => undefined): Promise<LayerRow> {
    return this.#once(source, () => this.#extract(source, onBytes))
  }

  /**
   * Makes a layer of the directory that its blob was packed from: an overlay's upper directory can be a lower one as it
   * stands. Within {@link Images.storing}.
   * @param packed the directory, which is moved away unless the layer is there
   */
  adopt(source: LayerSource, packed: PackedFolder): Promise<LayerRow> {
    return this.#once(source, () =>
      this.#move(source, packed).catch((error: unknown) => {
        // On another file system, there is nothing to move.
        if (hasCode(error, 'EXDEV')) return this.#extract(source, () => undefined)
        throw error
      }),
    )
  }

  /**
   * Extracts a layer as it arrives, for {@link take}.
   * @param isPlain it comes uncompressed, as its blob is
   * @returns what the caller disposes of
   */
  async receive(isPlain: boolean): Promise<ArrivingLayer> {
    return new ArrivingLayer(await this.#incomingFolder(), isPlain)
  }

  /**
   * Makes a layer of one that has arrived, unless it is there. Within {@link Images.storing}.
   * @param source its blob is stored already, and is what arrived
   * @throws what kept it from being extracted; EngineError `system` when its bytes are not those of the diffID
   */
  take(source: LayerSource, arrived: ArrivingLayer): Promise<LayerRow> {
    return this.#once(source, async () => {
      // The same bytes may be two layers, on two others.
      if (!arrived.claim()) return this.#extract(source, () => undefined)
      const { diffId, sizeBytes } = await arrived.extracted
      verifyDigest(diffId ?? source.blob, source.diffId)
      return this.#move(source, { folder: arrived.folder, sizeBytes })
    })
  }

  /** What is being made already is waited for. */
  #once(source: LayerSource, make: () => Promise<LayerRow>): Promise<LayerRow> {
    const { chainId } = source
    const existing = this.#layers.get(chainId)
    if (existing) return Promise.resolve(existing)
    const running = this.#running.get(chainId) ?? make().finally(() => this.#running.delete(chainId))
    this.#running.set(chainId, running)
    return running
  }

  async #extract(source: LayerSource, onBytes: (total: number) => void): Promise<LayerRow> {
    const folder = await this.#incomingFolder()
    return this.#place(source, folder, async () => {
      const { diffId, sizeBytes } = await this.#extractor.extract(this.#blobs.path(source.blob), folder, onBytes)
      verifyDigest(diffId, source.diffId)
      return sizeBytes
    })
  }

  #move(source: LayerSource, { folder, sizeBytes }: PackedFolder): Promise<LayerRow> {
    const temporary = this.#incomingName()
    return this.#place(source, temporary, async () => {
      await rename(folder, temporary)
      // The tar says nothing of the root itself: it is the same wherever the layer is extracted.
      await chown(temporary, 0, 0)
      await chmod(temporary, ROOT_MODE)
      return sizeBytes
    })
  }

  /**
   * @param folder is gone when this fails
   * @param fill fills it, and says the bytes of its files
   */
  async #place(source: LayerSource, folder: string, fill: () => Promise<number>): Promise<LayerRow> {
    try {
      const sizeBytes = await fill()
      await syncFileSystem(folder)
      const row: LayerRow = { ...source, folder: this.#freeName(source.chainId), sizeBytes }
      await rename(folder, join(this.root, row.folder))
      await syncFolder(this.root)
      this.#repository.insertLayer(row)
      this.#layers.set(row.chainId, row)
      return row
    } catch (error) {
      await removeTree(folder)
      throw error
    }
  }

  #incomingName(): string {
    return join(this.root, `incoming-${randomUUID()}`)
  }

  async #incomingFolder(): Promise<string> {
    const folder = this.#incomingName()
    await mkdir(folder, { mode: ROOT_MODE })
    return folder
  }

  /** Short, because 127 of them must fit into one page of mount options; longer only if two begin alike. */
  #freeName(chainId: Digest): string {
    const hex = chainId.slice('sha256:'.length)
    const taken = new Set([...this.#layers.values()].map(({ folder }) => folder))
    for (let length = NAME_LENGTH; ; length++) if (!taken.has(hex.slice(0, length))) return hex.slice(0, length)
  }

  /**
   * Forgets the layers that no image holds and moves their folders aside. Nothing may be stored meanwhile.
   * @returns their chainIDs and the folders, which are the caller's to remove
   */
  async dropUnheld(): Promise<{ chainId: string; folder: string }[]> {
    const dropped: { chainId: string; folder: string }[] = []
    for (const { chainId, folder } of this.#repository.unheldLayers()) {
      const aside = join(this.root, `removed-${randomUUID()}`)
      this.#repository.deleteLayer(chainId)
      this.#layers.delete(chainId)
      await rename(join(this.root, folder), aside)
      dropped.push({ chainId, folder: aside })
    }
    return dropped
  }

  all(): LayerRow[] {
    return [...this.#layers.values()]
  }
}
