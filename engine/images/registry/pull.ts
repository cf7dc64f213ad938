import { Type } from 'typebox'
import { EngineError } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'
import { parseDigest } from '../digest.ts'
import type { Hold } from '../holds.ts'
import type { Image } from '../image.ts'
import type { Images } from '../images.ts'
import { familiarName, familiarRepository, parseReference, type Reference } from '../reference.ts'
import type { RegistryAuth } from './auth.ts'
import { type RegistryResponse, RepositoryClient } from './client.ts'
import { type Download, downloadImage } from './download.ts'
import { pullEndpoints } from './endpoint.ts'
import { choosePlatform, type FetchedManifest, fetchManifest, type Manifest, parsePlatform, readManifest } from './manifest.ts'
import type { TransferProgress } from './progress.ts'

export interface PullOptions {
  readonly name: string
  /** Tag or digest; empty when the name says it. Neither means all tags. */
  readonly tag: string
  readonly platform: string
  readonly auth: RegistryAuth | undefined
  readonly signal: AbortSignal
  /** Of work that goes on from the image. */
  readonly hold?: Hold
}

const TagList = Type.Object({ tags: Type.Optional(Type.Array(Type.String())) })

/**
 * Brings an image, or all of a repository, from its registry.
 * @throws EngineError with docker's words
 * @see Engine API 1.51 ImageCreate; OCI distribution-spec v1.1, "Pull"
 */
export async function pullImage(images: Images, options: PullOptions, progress: TransferProgress): Promise<void> {
  const { name, tag, platform, hold } = options
  const reference = parseReference(tag === '' ? name : tag.startsWith('sha256:') ? `${name}@${tag}` : `${name}:${tag}`)
  if (reference.path === 'library/scratch') throw new EngineError('forbidden', "'scratch' is a reserved name")
  await using client = await connect(images, reference, options)
  const pull = (one: Reference) => images.storing((own) => pullOne({ images, client, progress, signal: options.signal, hold: hold ?? own }, one, platform))
  if (reference.tag !== undefined || reference.digest !== undefined) return await pull(reference)
  for (const each of await listTags(client)) await pull({ ...reference, tag: each })
}

/** The first mirror that has it, or the registry itself. */
async function connect(images: Images, reference: Reference, { auth, signal }: PullOptions): Promise<RepositoryClient> {
  const endpoints = await pullEndpoints(reference.domain, images.registry)
  for (const [i, endpoint] of endpoints.entries()) {
    const isLast = i === endpoints.length - 1
    // What opens the registry is not for its mirrors.
    const client = new RepositoryClient({
      endpoint,
      repository: reference.path,
      auth: isLast ? auth : undefined,
      actions: 'pull',
      signal,
      ways: images.registry,
    })
    try {
      await client.connect()
      if (!isLast) await fetchManifest(client, targetOf(reference))
      return client
    } catch (error) {
      await client[Symbol.asyncDispose]()
      if (isLast) throw error
      images.log.warn('mirror passed over', { mirror: endpoint.host, error: String(error) })
    }
  }
  throw new EngineError('system', `no endpoint for ${reference.domain}`)
}

async function pullOne(parts: Download, reference: Reference, platform: string): Promise<void> {
  const { images, client, progress } = parts
  const fetched = await fetchManifest(client, targetOf(reference)).catch((error: unknown) => {
    throw refusal(reference, error)
  })
  progress.send({ status: `Pulling from ${reference.path}`, id: targetOf(reference) })
  const manifest = await manifestFor(client, fetched, platform)
  const image = await downloadImage(parts, manifest)
  const isNew = images.findExact(reference) !== image
  images.name(image, { ...reference, tag: undefined, digest: fetched.digest }, false)
  if (reference.digest === undefined) images.name(image, reference, false)
  progress.send({ status: `Digest: ${fetched.digest}` })
  progress.send({ status: `Status: ${isNew ? 'Downloaded newer image' : 'Image is up to date'} for ${familiarName(reference)}` })
  warnOfPlatform(image, reference, platform, progress)
  images.announce('pull', image, familiarName(reference), familiarRepository(reference))
}

function targetOf({ digest, tag }: Reference): string {
  return digest ?? tag ?? 'latest'
}

/** A registry's refusal as docker tells it. What may not be seen and what does not exist look the same. */
function refusal(reference: Reference, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error
  const name = familiarRepository(reference)
  const failed = (message: string) => new EngineError('not-found', message, { cause: error })
  switch (error.kind) {
    case 'unauthorized':
    case 'forbidden':
      return failed(
        `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
      )
    case 'not-found':
      return error.message.startsWith('name unknown')
        ? failed(`repository ${name} not found: ${error.message}`)
        : failed(`manifest for ${familiarName(reference)} not found: ${error.message}`)
    default:
      return error
  }
}

/** @see OCI distribution-spec v1.1, "Listing Tags": a long list comes in pages, each naming the next */
async function listTags(client: RepositoryClient): Promise<string[]> {
  const tags: string[] = []
  for (let page: string | undefined = 'tags/list'; page !== undefined; ) {
    const { text, headers }: { text: string; headers: RegistryResponse['headers'] } = await client.text(page, 'tags')
    const found = decodeObject(TagList, JSON.parse(text)).tags ?? []
    tags.push(...found)
    const next = /^<([^>]+)>\s*;\s*rel="?next"?/.exec(String(headers.link ?? ''))?.[1]
    // A page without tags would go on for ever.
    page = next === undefined || found.length === 0 ? undefined : client.resolve(next).toString()
  }
  return [...new Set(tags)].sort()
}

/** So many indexes may lie within each other; two are seen in the field. */
const MOST_INDEXES = 8

/** Follows an index to the manifest of the platform. */
async function manifestFor(client: RepositoryClient, fetched: FetchedManifest, platform: string, depth = 0): Promise<Manifest> {
  const { manifest, entries } = readManifest(fetched)
  if (manifest) return manifest
  if (depth === MOST_INDEXES) throw new EngineError('system', 'error parsing manifest: too many indexes within each other')
  const { digest } = choosePlatform(entries ?? [], platform)
  return manifestFor(client, await fetchManifest(client, parseDigest(digest)), platform, depth + 1)
}

function warnOfPlatform(image: Image, reference: Reference, platform: string, progress: TransferProgress): void {
  if (platform === '') return
  const { os, architecture } = parsePlatform(platform)
  if (image.os === os && image.architecture === architecture) return
  const why = `its platform (${image.os}/${image.architecture}) does not match the specified platform (${os}/${architecture})`
  progress.send({ status: `WARNING: image with reference ${familiarName(reference)} was found but ${why}` })
}
