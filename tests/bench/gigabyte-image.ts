import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'

export const LAYERS = 10
const FILES_PER_LAYER = 1000
const FILE_BYTES = 100_000
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'

export type Packing = 'plain' | 'gzip'

interface Layer {
  readonly hex: string
  readonly size: number
}

export interface GigabyteImage {
  /** As skopeo's `dir:` has it: a file for each blob, by the hex digits of its digest, and `manifest.json`. */
  readonly folder: string
  /** The layers and the configuration. */
  readonly blobs: readonly string[]
}

/** An image of ten layers of 100 MB each, half of them random and half compressible. Made once for a machine: that takes a while. */
export async function gigabyteImage(packing: Packing): Promise<GigabyteImage> {
  const folder = `/tmp/erbench-image-${packing}`
  if (!existsSync(folder)) await make(folder, packing)
  return { folder, blobs: (await readdir(folder)).filter((name) => /^[0-9a-f]{64}$/.test(name)) }
}

async function make(folder: string, packing: Packing): Promise<void> {
  const unfinished = `${folder}.new`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished)
  const made: { readonly layer: Layer; readonly diffId: string }[] = []
  for (let index = 0; index < LAYERS; index++) made.push(await makeLayer(unfinished, index, packing))
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: made.map(({ diffId }) => `sha256:${diffId}`) },
  })
  await writeFile(join(unfinished, digestOf(config)), config)
  const mediaType = `application/vnd.oci.image.layer.v1.tar${packing === 'gzip' ? '+gzip' : ''}`
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${digestOf(config)}`, size: config.length },
    layers: made.map(({ layer }) => ({ mediaType, digest: `sha256:${layer.hex}`, size: layer.size })),
  }
  await writeFile(join(unfinished, 'manifest.json'), JSON.stringify(manifest))
  await writeFile(join(unfinished, 'version'), 'Directory Transport Version: 1.1\n')
  await rename(unfinished, folder)
}

async function makeLayer(folder: string, index: number, packing: Packing): Promise<{ layer: Layer; diffId: string }> {
  const plain = join(folder, 'plain')
  const archive = pack()
  const written = pipeline(archive, createWriteStream(plain))
  for (let file = 0; file < FILES_PER_LAYER; file++) {
    const content = Buffer.concat([randomBytes(FILE_BYTES / 2), Buffer.alloc(FILE_BYTES / 2, `line ${file} of a text that compresses\n`)])
    archive.entry({ name: `layer-${index}/${file % 50}/file-${file}`, mtime: new Date(0) }, content)
  }
  archive.finalize()
  await written
  const diffId = digestOf(await readFile(plain))
  const packed = join(folder, 'packed')
  if (packing === 'gzip') await pipeline(createReadStream(plain), createGzip({ level: 1 }), createWriteStream(packed))
  else await rename(plain, packed)
  const hex = digestOf(await readFile(packed))
  const { size } = await stat(packed)
  await rename(packed, join(folder, hex))
  await rm(plain, { force: true })
  return { layer: { hex, size }, diffId }
}

function digestOf(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
