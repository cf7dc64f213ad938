import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'

const LAYERS = 10
const FILES_PER_LAYER = 1000
const FILE_BYTES = 100_000
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'

export type Packing = 'plain' | 'gzip'

interface Blob {
  readonly digest: string
  readonly size: number
}

/** An image of ten layers of 100 MB each, half of them random and half compressible, and a registry that has nothing else. */
export class ServedGigabyte implements AsyncDisposable {
  readonly #folder: string
  readonly #server: Server

  private constructor(folder: string) {
    this.#folder = folder
    this.#server = createServer((request, response) => {
      const name = (request.url ?? '').split('/').at(-1) ?? ''
      if (name === '') return void response.end('{}')
      const isManifest = !name.startsWith('sha256:')
      if (isManifest) response.setHeader('content-type', MANIFEST_TYPE)
      // A client that leaves is its own business.
      pipeline(createReadStream(join(this.#folder, name), { highWaterMark: 256 * 1024 }), response).catch(() => undefined)
    })
  }

  /** Made once for a machine: that takes a while. */
  static async start(packing: Packing): Promise<ServedGigabyte> {
    const folder = `/tmp/erbench-gigabyte-${packing}`
    if (!existsSync(folder)) await makeImage(folder, packing)
    const served = new ServedGigabyte(folder)
    await new Promise<void>((resolve) => served.#server.listen(0, '127.0.0.1', resolve))
    return served
  }

  get name(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}/gigabyte:latest`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** A file for each blob, by its digest, and the manifest under its tag. */
async function makeImage(folder: string, packing: Packing): Promise<void> {
  const unfinished = `${folder}.new`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished)
  const made: { readonly layer: Blob; readonly diffId: string }[] = []
  for (let index = 0; index < LAYERS; index++) made.push(await makeLayer(unfinished, index, packing))
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: made.map(({ diffId }) => diffId) } })
  await writeFile(join(unfinished, digestOf(config)), config)
  const mediaType = `application/vnd.oci.image.layer.v1.tar${packing === 'gzip' ? '+gzip' : ''}`
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
    layers: made.map(({ layer }) => ({ mediaType, ...layer })),
  }
  await writeFile(join(unfinished, 'latest'), JSON.stringify(manifest))
  await writeFile(join(unfinished, digestOf(JSON.stringify(manifest))), JSON.stringify(manifest))
  await rename(unfinished, folder)
}

async function makeLayer(folder: string, index: number, packing: Packing): Promise<{ layer: Blob; diffId: string }> {
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
  const digest = digestOf(await readFile(packed))
  const { size } = await stat(packed)
  await rename(packed, join(folder, digest))
  await rm(plain, { force: true })
  return { layer: { digest, size }, diffId }
}

function digestOf(data: string | Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`
}
