import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { EngineError } from '../errors.ts'
import { syncFileSystem } from '../linux/sync.ts'
import { extractTar } from '../linux/tar.ts'
import type { ImageRepository, LayerRow } from '../state/images.ts'
import type { BlobStore } from './blobs.ts'
import { decompressed } from './compression.ts'
import { type Digest, DigestVerifier } from './digest.ts'
import { toOverlay } from './layer-tar.ts'

/** The chainIDs of an image's layers, lowest first. @see OCI image-spec config.md, "Layer ChainID" */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  let parent: string | undefined
  return diffIds.map((diffId) => {
    parent = parent === undefined ? diffId : `sha256:${createHash('sha256').update(`${parent} ${diffId}`).digest('hex')}`
    return parent as Digest
  })
}

const NAME_LENGTH = 12

/**
 * Layers extracted once by chainID, each a folder `<root>/layers/<12 hex>` that is an overlay's lower directory as it
 * stands. A layer is extracted beside its place, flushed, renamed, and only then a row: one that is known is whole.
 */
export class LayerStore {
  readonly root: string
  readonly #blobs: BlobStore
  readonly #repository: ImageRepository
  readonly #layers = new Map<string, LayerRow>()
  /** Extractions under way: two pulls of one layer share one. */
  readonly #running = new Map<string, Promise<LayerRow>>()

  constructor(root: string, blobs: BlobStore, repository: ImageRepository) {
    this.root = join(root, 'layers')
    this.#blobs = blobs
    this.#repository = repository
    for (const row of repository.layers()) this.#layers.set(row.chainId, row)
  }

  /** Removes folders without a row: an extraction or a removal was cut off. */
  async open(): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o700 })
    const known = new Set([...this.#layers.values()].map(({ folder }) => folder))
    for (const name of await readdir(this.root)) if (!known.has(name)) await rm(join(this.root, name), { recursive: true, force: true })
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
   * Extracts a layer from its blob, unless it is there.
   * @throws EngineError `system` when its bytes are not those of the diffID
   */
  ensure(chainId: Digest, diffId: Digest, blob: Digest, mediaType: string, onBytes?: (bytes: number) => void): Promise<LayerRow> {
    const existing = this.#layers.get(chainId)
    if (existing) return Promise.resolve(existing)
    const running = this.#running.get(chainId) ?? this.#extract(chainId, diffId, blob, mediaType, onBytes).finally(() => this.#running.delete(chainId))
    this.#running.set(chainId, running)
    return running
  }

  async #extract(chainId: Digest, diffId: Digest, blob: Digest, mediaType: string, onBytes?: (bytes: number) => void): Promise<LayerRow> {
    const temporary = join(this.root, `incoming-${randomUUID()}`)
    await mkdir(temporary, { mode: 0o755 })
    try {
      let sizeBytes = 0
      const source = this.#blobs.read(blob)
      if (onBytes) source.on('data', (chunk: Buffer) => onBytes(chunk.length)).pause()
      const verifier = new DigestVerifier(diffId)
      const plain = (await decompressed(source)) as Readable
      plain.on('error', (error) => verifier.destroy(error))
      await extractTar(toOverlay(plain.pipe(verifier), (bytes) => (sizeBytes += bytes)), temporary)
      await syncFileSystem(temporary)
      const row: LayerRow = { chainId, folder: this.#freeName(chainId), diffId, blob, mediaType, sizeBytes }
      await rename(temporary, join(this.root, row.folder))
      this.#repository.insertLayer(row)
      this.#layers.set(chainId, row)
      return row
    } catch (error) {
      await rm(temporary, { recursive: true, force: true })
      throw error
    }
  }

  /** Short, because 127 of them must fit into one page of mount options; longer only if two begin alike. */
  #freeName(chainId: Digest): string {
    const hex = chainId.slice('sha256:'.length)
    const taken = new Set([...this.#layers.values()].map(({ folder }) => folder))
    for (let length = NAME_LENGTH; ; length++) if (!taken.has(hex.slice(0, length))) return hex.slice(0, length)
  }

  /** Removes layers that no image holds. @returns their chainIDs */
  async collect(): Promise<LayerRow[]> {
    const unheld = this.#repository.unheldLayers().filter(({ chainId }) => !this.#running.has(chainId))
    for (const row of unheld) {
      this.#repository.deleteLayer(row.chainId)
      this.#layers.delete(row.chainId)
      await rm(join(this.root, row.folder), { recursive: true, force: true })
    }
    return unheld
  }

  all(): LayerRow[] {
    return [...this.#layers.values()]
  }
}
