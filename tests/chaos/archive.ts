import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract, pack } from 'tar-stream'
import { shippedImages } from '../../build/hello-image.ts'

/**
 * An image of our own for `load`: busybox, and a layer with the file `/token` above it.
 * @see Docker image specification v1.2
 */
export class TokenImages {
  readonly #base: Buffer

  private constructor(base: Buffer) {
    this.#base = base
  }

  static async create(): Promise<TokenImages> {
    const files = await filesOf(await shippedImages(['busybox:latest']))
    const layer = [...files].find(([name]) => name.endsWith('.tar'))?.[1]
    if (!layer) throw new Error('the busybox archive has no layer')
    return new TokenImages(layer)
  }

  /** @returns the archive, and the id that the image will have */
  async archive(name: string, token: string): Promise<{ archive: Buffer; id: string }> {
    const layer = await tarOf([
      ['token', Buffer.from(`${token}\n`)],
      ['padding', Buffer.alloc(2_000_000, token)],
    ])
    const layers = [this.#base, layer]
    const config = Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: { Env: ['PATH=/bin'], Cmd: ['cat', '/token'] },
        rootfs: { type: 'layers', diff_ids: layers.map((one) => `sha256:${sha256(one)}`) },
      }),
    )
    const manifest = [{ Config: `${sha256(config)}.json`, RepoTags: [name], Layers: layers.map((one) => `${sha256(one)}.tar`) }]
    const archive = await tarOf([
      ...layers.map((one): [string, Buffer] => [`${sha256(one)}.tar`, one]),
      [`${sha256(config)}.json`, config],
      ['manifest.json', Buffer.from(JSON.stringify(manifest))],
    ])
    return { archive, id: `sha256:${sha256(config)}` }
  }
}

async function filesOf(archive: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for await (const entry of Readable.from(archive).pipe(extract())) files.set(entry.header.name, await buffer(entry))
  return files
}

/** Files as a tar archive; the same files give the same bytes. */
export function tarOf(files: readonly (readonly [name: string, content: Buffer])[]): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of files) archive.entry({ name, mtime: new Date(0) }, content)
  archive.finalize()
  return buffer(archive)
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
