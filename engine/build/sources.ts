import { glob, lstat, writeFile } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import type { Heredoc } from '../dockerfile/logical-line.ts'
import { EngineError, hasCode } from '../errors.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'

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
 * Finds what a COPY means in a root: wildcards are matched, a link is followed as if the root were `/`.
 * @throws EngineError `invalid` with docker's words when there is nothing
 */
export async function findSources(root: string, wanted: string, verb: 'COPY' | 'ADD'): Promise<Source[]> {
  const clean = posix.normalize(`/${wanted}`).slice(1)
  const names = MAGIC.test(clean) ? await matches(root, clean) : [clean]
  const found = await Promise.all(names.map((name) => sourceAt(root, name)))
  const sources = found.filter((source) => source !== undefined)
  if (sources.length > 0) return sources
  if (MAGIC.test(clean)) throw new EngineError('invalid', `${verb} failed: no source files were specified`)
  throw new EngineError('invalid', `${verb} failed: file not found in build context or excluded by .dockerignore: stat ${clean}: file does not exist`)
}

async function matches(root: string, pattern: string): Promise<string[]> {
  const found: string[] = []
  for await (const name of glob(pattern, { cwd: root })) found.push(name)
  return found.sort()
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
