import { createHash, randomBytes } from 'node:crypto'

/** Headers of a blob. */
export const OCTETS = { 'content-type': 'application/octet-stream' }
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'

export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

export interface Content {
  readonly bytes: Buffer
  readonly digest: string
}

export function content(bytes: Buffer | string): Content {
  const buffer = Buffer.from(bytes)
  return { bytes: buffer, digest: `sha256:${createHash('sha256').update(buffer).digest('hex')}` }
}

/** Bytes that nobody has sent before. */
export function someBlob(sizeBytes = 1000): Content {
  return content(randomBytes(sizeBytes))
}

export function described(mediaType: string, { digest, bytes }: Content): Descriptor {
  return { mediaType, digest, size: bytes.length }
}

/** Any digest that nothing has. */
export const NOWHERE = `sha256:${'0123456789abcdef'.repeat(4)}`

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream

export interface Asked {
  readonly headers?: Record<string, string>
  readonly body?: Buffer | string | ReadableStream
}

/** What the specification calls a client, request by request. */
export class DistributionClient {
  readonly #base: string

  constructor(base: string) {
    this.#base = base
  }

  /** @param path below `/v2/`, or a whole `Location` as a registry gave it */
  ask(method: string, path: string, { headers = {}, body }: Asked = {}): Promise<Response> {
    const url = new URL(path.startsWith('/') || path.startsWith('http') ? path : `/v2/${path}`, this.#base)
    const sent: Body | undefined = Buffer.isBuffer(body) ? new Uint8Array(body) : body
    return fetch(url, { method, headers, redirect: 'manual', ...(sent !== undefined && { body: sent, duplex: 'half' }) })
  }

  /** Starts an upload. @returns where it goes on */
  async begin(repository: string): Promise<string> {
    return locationOf(await this.ask('POST', `${repository}/blobs/uploads/`))
  }

  async pushBlob(repository: string, blob: Content): Promise<Response> {
    const location = await this.begin(repository)
    return this.ask('PUT', withDigest(location, blob.digest), { headers: { 'content-type': 'application/octet-stream' }, body: blob.bytes })
  }

  /** A manifest, with its blobs pushed before it. */
  async pushImage(repository: string, reference: string | undefined, more: Record<string, unknown> = {}): Promise<Content> {
    const [config, layer] = [content('{}'), someBlob()]
    for (const blob of [config, layer]) await this.pushBlob(repository, blob)
    const manifest = imageManifest(config, [layer], more)
    const response = await this.pushManifest(repository, reference ?? manifest.digest, manifest)
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
    return manifest
  }

  pushManifest(repository: string, reference: string, { bytes }: Content, mediaType = OCI_MANIFEST): Promise<Response> {
    return this.ask('PUT', `${repository}/manifests/${reference}`, { headers: { 'content-type': mediaType }, body: bytes })
  }

  manifest(repository: string, reference: string, method: 'GET' | 'HEAD' = 'GET'): Promise<Response> {
    return this.ask(method, `${repository}/manifests/${reference}`, { headers: { accept: `${OCI_MANIFEST}, ${OCI_INDEX}` } })
  }
}

export function imageManifest(config: Content, layers: readonly Content[], more: Record<string, unknown> = {}): Content {
  return content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: described('application/vnd.oci.image.config.v1+json', config),
      layers: layers.map((layer) => described('application/vnd.oci.image.layer.v1.tar+gzip', layer)),
      ...more,
    }),
  )
}

export function locationOf(response: Response): string {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`${response.status} without Location`)
  return location
}

export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`
}

/** The codes of an error body. */
export async function codesOf(response: Response): Promise<string[]> {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] }
  return errors.map(({ code }) => code)
}

export async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer())
}
