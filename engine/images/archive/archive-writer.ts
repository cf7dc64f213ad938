import { Readable } from 'node:stream'
import type { Pack } from 'tar-stream'
import { type Digest, hexOf } from '../digest.ts'
import { fullRepository, type Reference } from '../reference.ts'

const EPOCH = new Date(0)

/** Where a blob lies in an OCI layout, and in docker's archives since 25. */
export function blobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`
}

/** The file that says that this is an OCI layout. @see OCI image-spec image-layout.md */
export const OCI_LAYOUT = { path: 'oci-layout', text: '{"imageLayoutVersion":"1.0.0"}' } as const

/** What an index says of an image that has a name. */
export function nameAnnotations(reference: Reference): Record<string, string> {
  return { 'io.containerd.image.name': `${fullRepository(reference)}:${reference.tag}`, 'org.opencontainers.image.ref.name': reference.tag ?? '' }
}

export function indexText(manifests: readonly object[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests })
}

/** Puts each path into the archive once: images share layers. */
export class ArchiveWriter {
  readonly #pack: Pack
  readonly #written = new Set<string>()
  /** Rejects when nobody reads on. */
  readonly #abandoned: Promise<never>

  constructor(pack: Pack) {
    this.#pack = pack
    this.#abandoned = new Promise((_, reject) => pack.once('close', () => reject(new Error('the archive was not read to its end'))))
    this.#abandoned.catch(() => undefined) // The end of a whole archive closes it, too.
  }

  text(name: string, content: string): Promise<void> {
    return this.stream(name, Buffer.byteLength(content), async () => Readable.from([Buffer.from(content)]))
  }

  async stream(name: string, size: number, open: () => Promise<Readable>): Promise<void> {
    if (this.#written.has(name)) return
    this.#written.add(name)
    const source = await open()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const entry = this.#pack.entry({ name, mode: 0o644, mtime: EPOCH, size }, (error) => (error ? reject(error) : resolve()))
    entry.on('error', reject)
    const written = Promise.race([promise, this.#abandoned])
    written.catch(() => undefined) // Awaited below; it may fail while the source is being read.
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (!entry.write(chunk)) await Promise.race([written, new Promise<void>((go) => entry.once('drain', () => go()))])
    }
    entry.end(undefined)
    return written
  }
}
