import { createHash, randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, hasCode } from '../errors.ts'
import { removeTree } from '../linux/remove-tree.ts'
import { syncFileSystem, syncFolder } from '../linux/sync.ts'
import type { ImageRepository, LayerRow } from '../state/images.ts'
import type { BlobStore } from './blobs.ts'
import type { Digest } from './digest.ts'
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
   * @param extracted the directory, which is moved away, and the bytes of its files
   */
  adopt(source: LayerSource, extracted: { readonly folder: string; readonly sizeBytes: number }): Promise<LayerRow> {
    return this.#once(source, () =>
      this.#move(source, extracted).catch((error: unknown) => {
        // On another file system, there is nothing to move.
        if (hasCode(error, 'EXDEV')) return this.#extract(source, () => undefined)
        throw error
      }),
    )
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
    return this.#fill(source, async (folder) => {
      await mkdir(folder, { mode: ROOT_MODE })
      return this.#extractor.extract({ blobPath: this.#blobs.path(source.blob), diffId: source.diffId, folder }, onBytes)
    })
  }

  async #move(source: LayerSource, { folder: from, sizeBytes }: { readonly folder: string; readonly sizeBytes: number }): Promise<LayerRow> {
    return this.#fill(source, async (folder) => {
      await rename(from, folder)
      // The tar says nothing of the root itself: it is the same wherever the layer is extracted.
      await chown(folder, 0, 0)
      await chmod(folder, ROOT_MODE)
      await syncFileSystem(folder)
      return sizeBytes
    })
  }

  /** @param fill makes the folder, flushed, and says the bytes of its files */
  async #fill(source: LayerSource, fill: (folder: string) => Promise<number>): Promise<LayerRow> {
    const temporary = join(this.root, `incoming-${randomUUID()}`)
    try {
      const sizeBytes = await fill(temporary)
      const row: LayerRow = { ...source, folder: this.#freeName(source.chainId), sizeBytes }
      await rename(temporary, join(this.root, row.folder))
      await syncFolder(this.root)
      this.#repository.insertLayer(row)
      this.#layers.set(row.chainId, row)
      return row
    } catch (error) {
      await removeTree(temporary)
      throw error
    }
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
