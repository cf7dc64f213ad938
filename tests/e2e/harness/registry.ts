import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

const CONTENT_BYTES = 3_000_000

interface Stored {
  readonly type: string
  readonly body: Buffer
}

/**
 * A registry with one image, `demo/app:1`, whose layer stops half-way until {@link release}: so that a test can look at a
 * pull that is under way. `await using` it.
 * @see OCI distribution v1.1, end-2 and end-3
 */
export class HeldRegistry implements AsyncDisposable {
  readonly image: string
  readonly release: () => void
  readonly #server: Server

  static async open(): Promise<HeldRegistry> {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const stored = await demoImage()
    const server = createServer(async (request, response) => {
      const found = stored.get(request.url ?? '')
      if (request.url === '/v2/') response.end('{}')
      else if (!found) response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"errors":[{"code":"NAME_UNKNOWN","message":"not here"}]}')
      else await send(response, found, request.method === 'HEAD', released)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new HeldRegistry(server, release)
  }

  private constructor(server: Server, release: () => void) {
    this.#server = server
    this.release = release
    this.image = `127.0.0.1:${(server.address() as AddressInfo).port}/demo/app:1`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

async function send(response: ServerResponse, { type, body }: Stored, isHead: boolean, released: Promise<void>): Promise<void> {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length, 'Docker-Content-Digest': digestOf(body) })
  if (isHead) return void response.end()
  if (body.length < CONTENT_BYTES) return void response.end(body)
  response.write(body.subarray(0, body.length / 2))
  await released
  response.end(body.subarray(body.length / 2))
}

/** The image by the paths at which a registry has its parts. */
async function demoImage(): Promise<Map<string, Stored>> {
  const tar = pack()
  tar.entry({ name: 'content' }, randomBytes(CONTENT_BYTES)) // Random, so that it does not shrink.
  tar.finalize()
  const plain = await buffer(tar)
  const layer = { type: 'application/vnd.oci.image.layer.v1.tar+gzip', body: gzipSync(plain) }
  const config = json('application/vnd.oci.image.config.v1+json', {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Cmd: ['/content'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(plain)] },
  })
  const descriptor = ({ type, body }: Stored) => ({ mediaType: type, digest: digestOf(body), size: body.length })
  const type = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = json(type, { schemaVersion: 2, mediaType: type, config: descriptor(config), layers: [descriptor(layer)] })
  return new Map([
    ['/v2/demo/app/manifests/1', manifest],
    [`/v2/demo/app/manifests/${digestOf(manifest.body)}`, manifest],
    [`/v2/demo/app/blobs/${digestOf(config.body)}`, config],
    [`/v2/demo/app/blobs/${digestOf(layer.body)}`, layer],
  ])
}

function json(type: string, value: unknown): Stored {
  return { type, body: Buffer.from(JSON.stringify(value)) }
}

function digestOf(body: Buffer): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`
}
