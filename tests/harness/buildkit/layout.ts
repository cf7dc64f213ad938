import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly os: string; readonly architecture: string }
}

export interface ManifestFile {
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations?: Readonly<Record<string, string>>
}

export interface ConfigFile {
  readonly created: string
  readonly history: readonly { readonly created: string; readonly created_by: string }[]
  readonly rootfs: { readonly diff_ids: readonly string[] }
}

/** The files of an archive, by name. */
export async function filesOf(archive: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for await (const entry of Readable.from([archive]).pipe(extract())) files.set(entry.header.name, await buffer(entry))
  return files
}

/** The times of the files of a layer's plain tar, in seconds since 1970, by path. */
export async function timesOf(layer: Buffer): Promise<Map<string, number>> {
  const times = new Map<string, number>()
  for await (const entry of Readable.from([layer]).pipe(extract())) {
    times.set(entry.header.name, (entry.header.mtime?.getTime() ?? 0) / 1000)
    entry.resume()
  }
  return times
}

/** What an OCI layout in an archive has in its index, and the first image of it. */
export async function readLayout(archive: Buffer) {
  const files = await filesOf(archive)
  const { manifests } = json<{ manifests: Descriptor[] }>(files.get('index.json'))
  const blob = (digest: string) => files.get(`blobs/${digest.replace(':', '/')}`)
  const manifest = json<ManifestFile>(blob(manifests[0]?.digest ?? ''))
  return { files, index: manifests, blob, manifest, config: json<ConfigFile>(blob(manifest.config.digest)) }
}

export function json<T>(bytes: Buffer | undefined): T {
  if (!bytes) throw new Error('it is not there')
  return JSON.parse(bytes.toString()) as T
}
