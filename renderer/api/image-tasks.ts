import { chunksOf } from './byte-stream.ts'
import { callEngine } from './engine-client.ts'
import { splitReference } from './images.ts'
import { type JsonRecord, numberAt, recordAt, textAt } from './json.ts'
import { jsonLines } from './json-lines.ts'
import type { TaskProgress } from './types.ts'

/** Pulls one image (`latest` unless the reference says another); ends when it is there. A failure may be the last line. @see Engine API 1.51 ImageCreate */
export async function* pullImage(reference: string, signal: AbortSignal): AsyncGenerator<TaskProgress> {
  const { repository, tag } = splitReference(reference)
  yield* progressOf(await callEngine('POST', '/images/create', { query: { fromImage: repository, tag }, signal, isRepeatable: true }), signal)
}

/** Pushes an image by one of its names; a failure may be the last line. @see Engine API 1.51 ImagePush */
export async function* pushImage(reference: string, signal: AbortSignal): AsyncGenerator<TaskProgress> {
  const { repository, tag } = splitReference(reference)
  yield* progressOf(await callEngine('POST', `/images/${encodeURIComponent(repository)}/push`, { query: { tag }, signal }), signal)
}

/** Loads the images of an archive that `docker save` made; a failure may be the last line. @see Engine API 1.51 ImageLoad */
export async function* loadImages(archive: Blob, signal: AbortSignal): AsyncGenerator<TaskProgress> {
  yield* progressOf(await callEngine('POST', '/images/load', { query: { quiet: false }, upload: archive, signal }), signal)
}

export interface BuildRequest {
  /** What the image is called. */
  readonly name: string
  /** In the context. */
  readonly dockerfile: string
  /** Empty: the last stage. */
  readonly target: string
  readonly args: Readonly<Record<string, string>>
  readonly usesCache: boolean
  /** A tar archive. */
  readonly context: Blob
}

/** Builds an image; a failure is the last line. @see Engine API 1.51 ImageBuild */
export async function* buildImage({ name, dockerfile, target, args, usesCache, context }: BuildRequest, signal: AbortSignal): AsyncGenerator<TaskProgress> {
  const query = { t: name, dockerfile, target, buildargs: JSON.stringify(args), nocache: !usesCache }
  yield* progressOf(await callEngine('POST', '/build', { query, upload: context, signal }), signal)
}

async function* progressOf(response: Response, signal: AbortSignal): AsyncGenerator<TaskProgress> {
  for await (const line of jsonLines(chunksOf(response, signal))) yield parseProgress(line)
}

function parseProgress(line: JsonRecord): TaskProgress {
  const detail = recordAt(line, 'progressDetail')
  return {
    layer: textAt(line, 'id'),
    status: textAt(line, 'status'),
    currentBytes: numberAt(detail, 'current'),
    totalBytes: numberAt(detail, 'total'),
    output: textAt(line, 'stream'),
    error: textAt(line, 'error') || textAt(recordAt(line, 'errorDetail'), 'message'),
  }
}
