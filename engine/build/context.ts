import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { EngineError, hasCode } from '../errors.ts'
import { decompressed } from '../images/compression.ts'
import { mountsBelow, unmount } from '../linux/overlay.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import { ToolError } from '../linux/run.ts'
import { extractTar } from '../linux/tar.ts'
import { ignorePatterns, removeIgnored } from './ignore-patterns.ts'

/** A build's scratch folder, and in it the files that the client sent. Gone when disposed of. */
export interface BuildContext extends AsyncDisposable {
  /** For whatever the build needs meanwhile. */
  readonly scratch: string
  /** What COPY and ADD see; undefined when there is a Dockerfile alone. */
  readonly root: string | undefined
  readonly dockerfile: string
}

/**
 * Unpacks a build context below `buildsRoot`, without what its .dockerignore leaves out.
 * @throws EngineError `invalid` when it is no tar, `system` when it has no such Dockerfile (docker's status)
 */
export async function receiveContext(buildsRoot: string, body: Readable, dockerfile: string): Promise<BuildContext> {
  const scratch = join(buildsRoot, randomUUID())
  const root = join(scratch, 'context')
  await mkdir(root, { recursive: true, mode: 0o700 })
  const remove = () => rm(scratch, { recursive: true, force: true })
  try {
    await extractTar(await decompressed(body), root)
    const path = await resolveInRoot(root, dockerfile)
    const text = await readFile(path, 'utf8')
    await applyIgnoreFile(root, dockerfile)
    return { scratch, root, dockerfile: text, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    if (hasCode(error, 'ENOENT', 'EISDIR', 'ENOTDIR')) throw new EngineError('system', `Cannot locate specified Dockerfile: ${dockerfile}`, { cause: error })
    if (error instanceof ToolError) throw new EngineError('invalid', `the build context is not a tar archive: ${error.message}`, { cause: error })
    throw error
  }
}

/** Removes the folders of builds that a crash cut off, and the roots of images that they had mounted in there. */
export async function sweepBuilds(buildsRoot: string): Promise<void> {
  for (const path of (await mountsBelow(buildsRoot)).reverse()) await unmount(path)
  await rm(buildsRoot, { recursive: true, force: true })
}

/** The Dockerfile's own ignore file wins over the context's. @see docker build, ".dockerignore file" */
async function applyIgnoreFile(root: string, dockerfile: string): Promise<void> {
  const patterns = (await readOptional(root, `${dockerfile}.dockerignore`)) ?? (await readOptional(root, '.dockerignore'))
  if (patterns === undefined) return
  await removeIgnored(root, ignorePatterns(patterns))
}

async function readOptional(root: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(await resolveInRoot(root, path), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
