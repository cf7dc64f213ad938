import { callEngine } from './engine-client.ts'
import { splitReference } from './images.ts'

/*
 * What takes its time with images. Our engine takes each as a task and answers 202; another one answers with lines of progress,
 * of which the last may be a failure. All throw CallError where it could not begin.
 */

/** Pulls one image (`latest` unless the reference says another). @see Engine API 1.51 ImageCreate */
export function pullImage(reference: string, signal: AbortSignal): Promise<Response> {
  const { repository, tag } = splitReference(reference)
  const task = { kind: 'pull', name: reference } as const
  return callEngine('POST', '/images/create', { query: { fromImage: repository, tag }, signal, task, isRepeatable: true })
}

/** Pushes an image by one of its names. @see Engine API 1.51 ImagePush */
export function pushImage(reference: string, signal: AbortSignal): Promise<Response> {
  const { repository, tag } = splitReference(reference)
  return callEngine('POST', `/images/${encodeURIComponent(repository)}/push`, { query: { tag }, signal, task: { kind: 'push', name: reference } })
}

/** Loads the images of an archive that `docker save` made. @see Engine API 1.51 ImageLoad */
export function loadImages(archive: File, signal: AbortSignal): Promise<Response> {
  return callEngine('POST', '/images/load', { query: { quiet: false }, upload: archive, signal, task: { kind: 'load', name: archive.name } })
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

/** Builds an image. @see Engine API 1.51 ImageBuild */
export function buildImage({ name, dockerfile, target, args, usesCache, context }: BuildRequest, signal: AbortSignal): Promise<Response> {
  const query = { t: name, dockerfile, target, buildargs: JSON.stringify(args), nocache: !usesCache }
  return callEngine('POST', '/build', { query, upload: context, signal, task: { kind: 'build', name } })
}
