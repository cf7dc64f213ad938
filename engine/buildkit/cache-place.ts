import { EngineError } from '../errors.ts'
import { parseDigest } from '../images/digest.ts'
import type { Images } from '../images/images.ts'
import { fullRepository, parseReference, type Reference, withDefaultTag } from '../images/reference.ts'
import { MOST_BYTES } from '../images/registry/body.ts'
import type { CacheBlob, ReadText } from './cache-manifest.ts'
import { ClientStore } from './client-store.ts'
import { credentialsOf } from './session.ts'
import type { Solving } from './solve-dockerfile.ts'

/** Where a cache can be read. */
export interface CachePlace extends AsyncDisposable {
  /** The text of its manifest. @throws EngineError when there is none */
  manifest(): Promise<string>
  readonly read: ReadText
  bytes(blob: CacheBlob, signal: AbortSignal): AsyncIterable<Buffer>
}

/** @throws EngineError `invalid` for a name that is none */
export function cacheReference(ref: string | undefined): Reference {
  if (ref === undefined || ref === '') throw new EngineError('invalid', 'missing ref')
  return withDefaultTag(parseReference(ref))
}

/** A repository of a registry, opened with the credentials of the client. */
export async function registryPlace(images: Images, reference: Reference, isInsecure: boolean, { session, signal }: Solving): Promise<CachePlace> {
  // All of it is loaded when it is first needed, as for a pull.
  const [{ RepositoryClient }, { registryOf }, { fetchManifest }, { layerStream }] = await Promise.all([
    import('../images/registry/client.ts'),
    import('../images/registry/endpoint.ts'),
    import('../images/registry/manifest.ts'),
    import('../images/registry/layer-stream.ts'),
  ])
  const registry = await registryOf(reference.domain, images.registry)
  const client = new RepositoryClient({
    endpoint: isInsecure ? { ...registry, isInsecure } : registry,
    repository: reference.path,
    auth: await credentialsOf(session, reference.domain, signal),
    actions: 'pull',
    signal,
    ways: images.registry,
  })
  return {
    async manifest() {
      await client.connect()
      return (await fetchManifest(client, reference.digest ?? reference.tag ?? '')).text
    },
    read: async (digest, what) => (what === 'manifest' ? await fetchManifest(client, digest) : await client.text(`blobs/${digest}`, what)).text,
    bytes: (blob, during) => layerStream(client, blob, { signal: during }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/** A folder of the client's, which knows from its index which manifest is meant. @param id as {@link folderId} or {@link layoutId} gives it */
export function folderPlace(id: string, digest: string, { session, signal }: Solving): CachePlace {
  const store = new ClientStore(session, id, signal)
  const read: ReadText = async (wanted, what) => {
    const size = await store.sizeOf(wanted)
    if (size === undefined) throw new EngineError('not-found', `content ${wanted}: not found`)
    if (size > MOST_BYTES[what]) throw new EngineError('invalid', `invalid cache: its ${what} has ${size} bytes`)
    return textOf(store.read(wanted), MOST_BYTES[what])
  }
  return {
    manifest: () => read(parseDigest(digest), 'manifest'),
    read,
    bytes: (blob) => store.read(parseDigest(blob.digest)),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** What the client calls a folder that it keeps a cache in. */
export function folderId(path: string): string {
  return `local:${path}`
}

/** What it calls one that has images, for `oci-layout://`. */
export function layoutId(name: string): string {
  return `oci:${name}`
}

/** For people. */
export function placeName(reference: Reference): string {
  return `${fullRepository(reference)}${reference.digest === undefined ? `:${reference.tag}` : `@${reference.digest}`}`
}

async function textOf(bytes: AsyncIterable<Buffer>, mostBytes: number): Promise<string> {
  const pieces: Buffer[] = []
  let total = 0
  for await (const piece of bytes) {
    total += piece.length
    if (total > mostBytes) throw new EngineError('invalid', `invalid cache: more than ${mostBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
