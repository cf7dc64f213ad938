import { gzipSync } from 'node:zlib'
import { configFile, type Recipe, sha256, tar } from '../api/images/archives.ts'
import type { ServedImage } from '../api/images/registry-server.ts'
import type { Random } from '../chaos/random.ts'

/** An image of known bytes: what it must be, wherever it came from. */
export interface Known {
  readonly id: string
  readonly recipe: Recipe
}

/** So many images; neighbours share layers. */
export const COUNT = 6

/** Images of three layers each: one that all share, one that two share, one of its own. */
export async function knownImages(random: Random): Promise<Known[]> {
  const layer = async (name: string, bytes: number) => tar([[`${name}/data`, Buffer.from(Array.from({ length: bytes }, () => random.between(0, 255)))]])
  const base = await layer('base', 200_000)
  const pairs = await Promise.all([0, 1, 2].map((i) => layer(`pair-${i}`, 150_000)))
  return Promise.all(
    Array.from({ length: COUNT }, async (_, i) => {
      const recipe = { layers: [base, pairs[i % 3] ?? base, await layer(`own-${i}`, 100_000)] }
      return { id: `sha256:${sha256(configFile(recipe))}`, recipe }
    }),
  )
}

/** As a registry has it: every other layer compressed. */
export function served({ recipe }: Known): ServedImage {
  const config = configFile(recipe)
  const packed = recipe.layers.map((layer, i) => (i % 2 === 0 ? gzipSync(layer) : layer))
  const describe = (mediaType: string, data: Buffer) => ({ mediaType, digest: `sha256:${sha256(data)}`, size: data.length })
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: packed.map((layer, i) => describe(`application/vnd.oci.image.layer.v1.tar${i % 2 === 0 ? '+gzip' : ''}`, layer)),
  }
  return { manifest: Buffer.from(JSON.stringify(manifest)), blobs: new Map([config, ...packed].map((data) => [`sha256:${sha256(data)}`, data])) }
}
