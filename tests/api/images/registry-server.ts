import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { configFile, sha256 } from './archives.ts'

/** `user` with the password `secret`, as htpasswd -B writes it. */
const HTPASSWD = 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n'

/** Debian's docker-registry, a real one, with a folder and a port of its own. */
export class Registry implements AsyncDisposable {
  readonly #root: string
  readonly port: number
  #child: ChildProcess | undefined

  private constructor(root: string, port: number) {
    this.#root = root
    this.port = port
  }

  static async start({ withPassword = false, address = '127.0.0.1' } = {}): Promise<Registry> {
    const registry = new Registry(await mkdtemp('/tmp/er-registry-'), await freePort())
    await mkdir(registry.#data)
    await writeFile(join(registry.#root, 'htpasswd'), HTPASSWD)
    const auth = withPassword ? { auth: { htpasswd: { realm: 'test', path: join(registry.#root, 'htpasswd') } } } : {}
    const config = {
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: registry.#data }, delete: { enabled: true } },
      http: { addr: `${address}:${registry.port}` },
      ...auth,
    }
    // JSON is YAML, too.
    await writeFile(join(registry.#root, 'config.yml'), JSON.stringify(config))
    const log = openSync(join(registry.#root, 'log'), 'a')
    registry.#child = spawn('docker-registry', ['serve', join(registry.#root, 'config.yml')], { stdio: ['ignore', log, log] })
    closeSync(log)
    await until(
      'the registry to answer',
      async () => (await fetch(`http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${registry.port}/v2/`)).status < 500,
    )
    return registry
  }

  get #data(): string {
    return join(this.#root, 'data')
  }

  /** `127.0.0.1:PORT/name` */
  name(repository: string): string {
    return `127.0.0.1:${this.port}/${repository}`
  }

  /** Changes the bytes of every stored blob of this size or more, as a bad disk does. */
  async spoil(minBytes: number): Promise<void> {
    for (const name of await readdir(this.#data, { recursive: true })) {
      if (!name.endsWith('/data')) continue
      const bytes = await readFile(join(this.#data, name))
      if (bytes.length < minBytes) continue
      bytes.writeUInt8(bytes.readUInt8(600) ^ 0xff, 600)
      await writeFile(join(this.#data, name), bytes)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    }
    await rm(this.#root, { recursive: true, force: true })
  }
}

/** Another image of one layer, as a registry serves it. */
export interface ServedImage {
  readonly manifest: Buffer
  readonly blobs: ReadonlyMap<string, Buffer>
}

export function servedImage(layers: readonly Buffer[]): ServedImage {
  const config = configFile({ layers })
  const describe = (mediaType: string, data: Buffer) => ({ mediaType, digest: `sha256:${sha256(data)}`, size: data.length })
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => describe('application/vnd.oci.image.layer.v1.tar', layer)),
  }
  return { manifest: Buffer.from(JSON.stringify(manifest)), blobs: new Map([config, ...layers].map((data) => [`sha256:${sha256(data)}`, data])) }
}

/**
 * A registry with bad manners: it gives one image, under any name, and for each request of a blob does what `serve` says.
 * @returns where it is, and what stops it
 */
export async function moodyRegistry(
  image: ServedImage,
  serve: (digest: string, attempt: number) => 'all' | 'half, then silence' | 'half, then a reset',
): Promise<{ host: string } & AsyncDisposable> {
  const attempts = new Map<string, number>()
  const server: Server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path === '/v2/') return void response.end('{}')
    if (path.includes('/manifests/')) return void response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }).end(image.manifest)
    const digest = path.slice(path.lastIndexOf('/') + 1)
    const bytes = image.blobs.get(digest) ?? Buffer.alloc(0)
    const attempt = (attempts.get(digest) ?? 0) + 1
    attempts.set(digest, attempt)
    const mood = serve(digest, attempt)
    response.writeHead(200, { 'content-length': bytes.length })
    if (mood === 'all') return void response.end(bytes)
    response.write(bytes.subarray(0, bytes.length / 2), () => {
      if (mood === 'half, then a reset') request.socket.resetAndDestroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
