import type { Statement } from 'better-sqlite3'
import type { Database } from './database.ts'

/** An extracted layer. `folder` is its name below the layers folder; `blob` the digest of its tar as it came. */
export interface LayerRow {
  readonly chainId: string
  readonly folder: string
  readonly diffId: string
  readonly blob: string
  readonly mediaType: string
  readonly sizeBytes: number
}

/** A layer as it was packed for registries: made as it was sent, and not kept. */
export interface SentForm {
  readonly digest: string
  readonly sizeBytes: number
}

export interface ImageRow {
  readonly id: string
  readonly parent: string | null
  readonly lastTagTime: string | null
}

/** `name` is a full reference: `docker.io/library/busybox:latest`, or with `@sha256:…` a digest that a registry gave it. */
export interface NameRow {
  readonly name: string
  readonly imageId: string
}

/**
 *   layer        one row per extracted layer, by chainID
 *   sent_layer   what a layer was packed to when it was pushed
 *   image        one row per image; its configuration is the blob of the same digest
 *   image_layer  which layers an image holds: a layer goes when nobody holds it
 *   image_name   tags and digest references
 */
export class ImageRepository {
  readonly #db: Database
  readonly #insertLayer: Statement<LayerRow>
  readonly #deleteLayer: Statement<[chainId: string]>
  readonly #layers: Statement<[], LayerRow>
  readonly #unheldLayers: Statement<[], LayerRow>
  readonly #sentForm: Statement<[chainId: string], SentForm>
  readonly #putSentForm: Statement<SentForm & { chainId: string }>
  readonly #insertImage: Statement<ImageRow>
  readonly #insertImageLayer: Statement<[imageId: string, chainId: string]>
  readonly #deleteImage: Statement<[id: string]>
  readonly #images: Statement<[], ImageRow>
  readonly #putName: Statement<NameRow>
  readonly #touch: Statement<[at: string, id: string]>
  readonly #deleteName: Statement<[name: string]>
  readonly #names: Statement<[], NameRow>

  constructor(db: Database) {
    this.#db = db
    const layerColumns = 'chain_id AS chainId, folder, diff_id AS diffId, blob, media_type AS mediaType, size_bytes AS sizeBytes'
    this.#insertLayer = db.prepare(
      'INSERT INTO layer (chain_id, folder, diff_id, blob, media_type, size_bytes) VALUES (@chainId, @folder, @diffId, @blob, @mediaType, @sizeBytes)',
    )
    this.#deleteLayer = db.prepare('DELETE FROM layer WHERE chain_id = ?')
    this.#layers = db.prepare(`SELECT ${layerColumns} FROM layer`)
    this.#unheldLayers = db.prepare(`SELECT ${layerColumns} FROM layer WHERE chain_id NOT IN (SELECT chain_id FROM image_layer)`)
    this.#sentForm = db.prepare('SELECT digest, size_bytes AS sizeBytes FROM sent_layer WHERE chain_id = ?')
    this.#putSentForm = db.prepare('INSERT OR REPLACE INTO sent_layer (chain_id, digest, size_bytes) VALUES (@chainId, @digest, @sizeBytes)')
    this.#insertImage = db.prepare('INSERT OR IGNORE INTO image (id, parent, last_tag_time) VALUES (@id, @parent, @lastTagTime)')
    this.#insertImageLayer = db.prepare('INSERT OR IGNORE INTO image_layer (image_id, chain_id) VALUES (?, ?)')
    this.#deleteImage = db.prepare('DELETE FROM image WHERE id = ?')
    this.#images = db.prepare('SELECT id, parent, last_tag_time AS lastTagTime FROM image')
    this.#putName = db.prepare('INSERT OR REPLACE INTO image_name (name, image_id) VALUES (@name, @imageId)')
    this.#touch = db.prepare('UPDATE image SET last_tag_time = ? WHERE id = ?')
    this.#deleteName = db.prepare('DELETE FROM image_name WHERE name = ?')
    this.#names = db.prepare('SELECT name, image_id AS imageId FROM image_name')
  }

  layers(): LayerRow[] {
    return this.#layers.all()
  }

  insertLayer(row: LayerRow): void {
    this.#insertLayer.run(row)
  }

  /** Layers that no image holds. */
  unheldLayers(): LayerRow[] {
    return this.#unheldLayers.all()
  }

  deleteLayer(chainId: string): void {
    this.#deleteLayer.run(chainId)
  }

  sentForm(chainId: string): SentForm | undefined {
    return this.#sentForm.get(chainId)
  }

  putSentForm(chainId: string, form: SentForm): void {
    this.#putSentForm.run({ chainId, ...form })
  }

  images(): ImageRow[] {
    return this.#images.all()
  }

  /** The image and its hold on its layers appear together. */
  insertImage(row: ImageRow, chainIds: readonly string[]): void {
    this.#db.transaction(() => {
      this.#insertImage.run(row)
      for (const chainId of chainIds) this.#insertImageLayer.run(row.id, chainId)
    })()
  }

  /** Its names and its hold on layers go with it. */
  deleteImage(id: string): void {
    this.#deleteImage.run(id)
  }

  names(): NameRow[] {
    return this.#names.all()
  }

  putName(name: string, imageId: string, at: string): void {
    this.#db.transaction(() => {
      this.#putName.run({ name, imageId })
      this.#touch.run(at, imageId)
    })()
  }

  deleteName(name: string): void {
    this.#deleteName.run(name)
  }
}
