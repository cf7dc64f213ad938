import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EngineError, hasCode, messageOf } from '../errors.ts'
import { mountsBelow, unmount } from '../linux/overlay.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import { ToolError } from '../linux/run.ts'
import { SpaceGuard } from '../linux/space-guard.ts'
import { isTarArchive, unpackArchive } from './archive.ts'
import type { FileDigests } from './content-digest.ts'
import { get } from './download.ts'
import { gitSource } from './git-source.ts'
import { parseGitUrl } from './git-url.ts'
import { ignorePatterns, removeIgnored } from './ignore-patterns.ts'
import type { BuildSecrets } from './request.ts'

/** A build's scratch folder, and in it the files that the client sent. Gone when disposed of. */
export interface BuildContext extends AsyncDisposable {
  /** For whatever the build needs meanwhile. */
  readonly scratch: string
  /** What COPY and ADD see; undefined when there is a Dockerfile alone. */
  readonly root: string | undefined
  readonly dockerfile: string
  /** What is known of the files below `root`, when they are kept as they are for other builds, too. */
  readonly kept?: FileDigests
}

type Files = Pick<BuildContext, 'root' | 'dockerfile'>

/** docker's default, for which it takes a file of another case. */
const DEFAULT_NAME = 'Dockerfile'

/**
 * Unpacks a build context below `buildsRoot`, without what its .dockerignore leaves out.
 * @throws EngineError `invalid` when it is no tar, `system` when it has no such Dockerfile (docker's status)
 */
export function receiveContext(buildsRoot: string, body: Readable, dockerfile: string): Promise<BuildContext> {
  return inScratch(buildsRoot, async (scratch) => {
    const root = await unpack(scratch, body)
    return withDockerfile(root, dockerfile)
  })
}

/** What of a fetched context is wanted. */
export interface FetchOptions {
  /** Path of the Dockerfile in it; undefined when it comes from elsewhere. */
  readonly dockerfile: string | undefined
  /** Whether a repository's `.git` is part of it. */
  readonly keepsHistory: boolean
  /** Among which may be what opens a repository. */
  readonly secrets: BuildSecrets | undefined
}

/**
 * Fetches a context: a git repository, an archive, or a Dockerfile alone.
 * @throws EngineError with docker's words when it cannot be had
 * @see Engine API 1.51 ImageBuild, `remote`
 */
export function fetchContext(
  buildsRoot: string,
  remote: string,
  { dockerfile, keepsHistory, secrets }: FetchOptions,
  signal: AbortSignal,
): Promise<BuildContext> {
  const files = (root: string): Files | Promise<Files> => (dockerfile === undefined ? { root, dockerfile: '' } : withDockerfile(root, dockerfile))
  return inScratch(buildsRoot, async (scratch) => {
    if (remote === 'client-session') {
      throw new EngineError('invalid', 'experimental session with v1 builder is no longer supported, use builder version v2 (BuildKit) instead')
    }
    const git = parseGitUrl(remote)
    if (git) return files((await gitSource(git, { folder: scratch, keepsHistory, secrets }, signal)).path)
    if (!/^https?:\/\//.test(remote)) throw new EngineError('system', `remoteURL (${remote}) could not be recognized as URL`)
    const { path, contentType } = await downloaded(scratch, remote, signal)
    if (await isTarArchive(path)) return files(await unpack(scratch, createReadStream(path)))
    const text = await readFile(path, 'utf8')
    // No text has such a byte.
    if (text.includes('\0'))
      throw new EngineError('invalid', `error detecting content type for remote ${remote}: unsupported Content-Type ${JSON.stringify(contentType)}`)
    return { root: undefined, dockerfile: text }
  })
}

/** Removes the folders of builds that a crash cut off, and the roots of images that they had mounted in there. */
export async function sweepBuilds(buildsRoot: string): Promise<void> {
  for (const path of (await mountsBelow(buildsRoot)).reverse()) await unmount(path)
  await rm(buildsRoot, { recursive: true, force: true })
}

/** Fills the scratch folder of a build. What `fill` leaves in it is gone when it throws, or the context is disposed of. */
export async function inScratch(buildsRoot: string, fill: (scratch: string) => Promise<Files>): Promise<BuildContext> {
  const scratch = join(buildsRoot, randomUUID())
  const remove = () => rm(scratch, { recursive: true, force: true })
  try {
    await mkdir(scratch, { recursive: true, mode: 0o700 })
    return { ...(await fill(scratch)), scratch, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function unpack(scratch: string, body: Readable): Promise<string> {
  const root = join(scratch, 'context')
  await mkdir(root, { mode: 0o700 })
  try {
    await unpackArchive(body, root)
    return root
  } catch (error) {
    if (error instanceof ToolError) throw new EngineError('invalid', `the build context is not a tar archive: ${error.message}`, { cause: error })
    throw error
  }
}

async function downloaded(scratch: string, remote: string, signal: AbortSignal): Promise<{ path: string; contentType: string }> {
  const path = join(scratch, 'remote')
  try {
    const { headers, body } = await get(remote, signal)
    await pipeline(body, new SpaceGuard(scratch), createWriteStream(path))
    return { path, contentType: headers.get('content-type') ?? '' }
  } catch (error) {
    signal.throwIfAborted()
    throw new EngineError('system', `error downloading remote context ${remote}: ${messageOf(error)}`, { cause: error })
  }
}

async function withDockerfile(root: string, name: string): Promise<Files> {
  if (posix.normalize(name.replace(/^\/+/, '')).startsWith('..')) throw new EngineError('system', `forbidden path outside the build context: ${name} ()`)
  const dockerfile = (await readOptional(root, name)) ?? (name === DEFAULT_NAME ? await readOptional(root, name.toLowerCase()) : undefined)
  if (dockerfile === undefined) throw new EngineError('system', `Cannot locate specified Dockerfile: ${name}`)
  // The Dockerfile's own ignore file wins over the context's. @see docker build, ".dockerignore file"
  const patterns = (await readOptional(root, `${name}.dockerignore`)) ?? (await readOptional(root, '.dockerignore'))
  if (patterns !== undefined) await removeIgnored(root, ignorePatterns(patterns))
  return { root, dockerfile }
}

/** @returns undefined for what is no file there */
export async function readOptional(root: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(await resolveInRoot(root, path), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EISDIR', 'ENOTDIR')) return undefined
    throw error
  }
}
