import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ContainerRepository } from '../state/containers.ts'
import { closeDatabase, openDatabase } from '../state/database.ts'
import { ImageRepository } from '../state/images.ts'
import { VolumeRepository } from '../state/volumes.ts'

/** Below the data root. */
export const DATABASE = 'engine.db'

/**
 * Looks at a data root as the engine will: the database opens, each image's configuration is the one that it
 * is called by, containers can be read, each layer and volume has its folder, and one layer's bytes are those of its digest.
 * @returns how many images there are
 * @throws Error that names what is not as it should be
 */
export async function checkData(root: string): Promise<number> {
  const db = openDatabase(join(root, DATABASE))
  try {
    const repository = new ImageRepository(db)
    const blob = (digest: string) => join(root, 'images/blobs/sha256', digest.slice('sha256:'.length))
    const images = repository.images()
    for (const { id } of images) await checkDigest(blob(id), id)
    const layers = repository.layers()
    for (const { folder } of layers) await access(join(root, 'images/layers', folder))
    const [smallest] = layers.filter(({ sizeBytes }) => sizeBytes > 0).sort((a, b) => a.sizeBytes - b.sizeBytes)
    if (smallest) await checkDigest(blob(smallest.blob), smallest.blob)
    for (const text of new VolumeRepository(db).all()) await access(join(root, 'volumes', (JSON.parse(text) as { name: string }).name, '_data'))
    for (const { spec, state } of new ContainerRepository(db).all()) JSON.parse(`[${spec},${state}]`)
    return images.length
  } finally {
    closeDatabase(db)
  }
}

async function checkDigest(path: string, digest: string): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const actual = `sha256:${hash.digest('hex')}`
  if (actual !== digest) throw new Error(`${path} has the digest ${actual}`)
}
