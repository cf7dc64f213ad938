import { lstat, readdir, writeFile } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import type { Heredoc } from '../dockerfile/logical-line.ts'
import { EngineError, hasCode } from '../errors.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import { goPattern } from './go-pattern.ts'

/** One thing that COPY or ADD takes. */
export interface Source {
  /** On this machine. */
  readonly path: string
  /** Its last name, for a target that is a folder. */
  readonly name: string
  readonly isFolder: boolean
  /** Fetched by ADD: an archive of this kind is not unpacked. */
  readonly isRemote: boolean
}

const MAGIC = /[*?[]/

/**
 * Finds what one word of a COPY means in a root: wildcards are matched, a link is followed as if the root were `/`.
 * @returns nothing for a pattern that nothing matches
 * @throws EngineError `invalid` with docker's words when a file is not there
 */
export async function findSources(root: string, wanted: string, verb: 'COPY' | 'ADD'): Promise<Source[]> {
  if (posix.normalize(wanted.replace(/^\/+/, '')).startsWith('..')) {
    throw new EngineError('invalid', `${verb} failed: forbidden path outside the build context: ${wanted} ()`)
  }
  const clean = posix.normalize(`/${wanted}`).slice(1)
  if (!MAGIC.test(clean)) {
    const source = await sourceAt(root, clean)
    if (source) return [source]
    throw new EngineError('invalid', `${verb} failed: file not found in build context or excluded by .dockerignore: stat ${clean}: file does not exist`)
  }
  const found = await Promise.all((await matches(root, clean)).map((name) => sourceAt(root, name)))
  return found.filter((source) => source !== undefined)
}

/** Folder by folder, as a pattern never matches a `/`. */
async function matches(root: string, pattern: string): Promise<string[]> {
  const [first = '', ...rest] = pattern.split('/')
  let found = await namesLike(root, '', first)
  for (const part of rest) found = (await Promise.all(found.map((folder) => namesLike(root, folder, part)))).flat()
  return found
}

async function namesLike(root: string, folder: string, pattern: string): Promise<string[]> {
  const expression = goPattern(pattern)
  try {
    const names = await readdir(join(root, folder))
    return names
      .filter((name) => expression.test(name))
      .sort()
      .map((name) => posix.join(folder, name))
  } catch (error) {
    if (hasCode(error, 'ENOTDIR', 'ENOENT')) return []
    throw error
  }
}

async function sourceAt(root: string, name: string): Promise<Source | undefined> {
  const path = await resolveInRoot(root, name)
  try {
    return { path, name: basename(name), isFolder: (await lstat(path)).isDirectory(), isRemote: false }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** Writes the documents of a COPY into a folder. */
export async function heredocSources(folder: string, heredocs: readonly Heredoc[], expand: (text: string) => string): Promise<Source[]> {
  return Promise.all(
    heredocs.map(async ({ name, content, isLiteral }) => {
      const path = join(folder, name)
      await writeFile(path, isLiteral ? content : expand(content), { mode: 0o644 })
      return { path, name, isFolder: false, isRemote: false }
    }),
  )
}
