import { CallError, command, fetchJson } from './engine-client.ts'
import { asRecords, isRecord, type JsonRecord, numberAt, textAt, textsAt } from './json.ts'
import type { ImageRow } from './types.ts'

/** @see Engine API 1.51 ImageList */
export async function listImages(signal?: AbortSignal): Promise<ImageRow[]> {
  return asRecords(await fetchJson('/images/json', { signal })).map(parseImage)
}

/** The image that a name or an id means now; undefined when there is none. @see Engine API 1.51 ImageInspect */
export async function findImage(reference: string): Promise<ImageRow | undefined> {
  try {
    const reply = await inspectImage(reference)
    return isRecord(reply) ? parseImage(reply) : undefined
  } catch (error) {
    if (error instanceof CallError && error.status === 404) return undefined
    throw error
  }
}

/** The whole answer as the engine gave it. */
export function inspectImage(reference: string, signal?: AbortSignal): Promise<unknown> {
  return fetchJson(`/images/${encodeURIComponent(reference)}/json`, { signal })
}

/** A row of the list, or an inspect answer: their common part has the same names, but for the kind of time and the parent's. */
export function parseImage(from: JsonRecord): ImageRow {
  const unixSeconds = numberAt(from, 'Created')
  const createdAtMs = unixSeconds === undefined ? Date.parse(textAt(from, 'Created')) : unixSeconds * 1000
  return {
    id: textAt(from, 'Id'),
    parentId: textAt(from, 'ParentId') || textAt(from, 'Parent'),
    tags: textsAt(from, 'RepoTags'),
    digests: textsAt(from, 'RepoDigests'),
    sizeBytes: numberAt(from, 'Size') ?? 0,
    createdAtMs: createdAtMs > 0 ? createdAtMs : undefined,
  }
}

/** A step of how an image was made. */
export interface HistoryStep {
  /** As the engine wrote it down: a line of a Dockerfile, or what the shell was told. */
  readonly madeBy: string
  readonly comment: string
  readonly createdAtMs: number | undefined
  /** Of the layer that it added; 0 for one that added none. */
  readonly sizeBytes: number
  readonly tags: readonly string[]
}

/** Newest first. @see Engine API 1.51 ImageHistory */
export async function imageHistory(id: string, signal: AbortSignal): Promise<HistoryStep[]> {
  const reply = await fetchJson(`/images/${encodeURIComponent(id)}/history`, { signal })
  return asRecords(reply).map((from) => {
    const seconds = numberAt(from, 'Created') ?? 0
    return {
      madeBy: textAt(from, 'CreatedBy'),
      comment: textAt(from, 'Comment'),
      createdAtMs: seconds > 0 ? seconds * 1000 : undefined,
      sizeBytes: numberAt(from, 'Size') ?? 0,
      tags: textsAt(from, 'Tags'),
    }
  })
}

/** Takes a name away; the image itself goes with its last name. @see Engine API 1.51 ImageDelete */
export async function removeImage(reference: string, force: boolean): Promise<void> {
  await command('DELETE', `/images/${encodeURIComponent(reference)}`, { query: { force } })
}

/** @see Engine API 1.51 ImageTag */
export async function tagImage(id: string, repository: string, tag: string): Promise<void> {
  await command('POST', `/images/${encodeURIComponent(id)}/tag`, { query: { repo: repository, tag }, isRepeatable: true })
}

/** A repository of Docker Hub. */
export interface FoundRepository {
  readonly name: string
  readonly description: string
  readonly starCount: number
  readonly isOfficial: boolean
}

/** @throws CallError when the Hub does not answer. @see Engine API 1.51 ImageSearch */
export async function searchHub(term: string, signal: AbortSignal): Promise<FoundRepository[]> {
  return asRecords(await fetchJson('/images/search', { query: { term }, signal })).map((from) => ({
    name: textAt(from, 'name'),
    description: textAt(from, 'description'),
    starCount: numberAt(from, 'star_count') ?? 0,
    isOfficial: from.is_official === true,
  }))
}

/** `host:5000/name:tag` → repository and tag; without a tag `latest`, with a digest the digest. */
export function splitReference(reference: string): { repository: string; tag: string } {
  const digest = /^(.+)@(sha256:[0-9a-f]{64})$/.exec(reference)
  if (digest) return { repository: digest[1] ?? '', tag: digest[2] ?? '' }
  const found = /^(.+):([^:/]+)$/.exec(reference)
  return found ? { repository: found[1] ?? '', tag: found[2] ?? '' } : { repository: reference, tag: 'latest' }
}
