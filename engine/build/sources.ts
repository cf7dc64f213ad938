import type { Dirent } from 'node:fs'
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
  /** With `COPY --parents`: the folders above it that it keeps, from the topmost down. */
  readonly parents?: readonly KeptFolder[]
}

/** A folder that is repeated above a source. */
export interface KeptFolder {
  readonly name: string
  /** On this machine: whose mode and owner it has. */
  readonly path: string
}

const MAGIC = /[*?[]/

/**
 * Finds what one word of a COPY means in a root: wildcards are matched, a link is followed as if the root were `/`.
 * @returns nothing for a pattern that nothing matches
 * @throws EngineError `invalid` with docker's words when a file is not there
 */
export async function findSources(root: string, wanted: string, verb: 'COPY' | 'ADD'): Promise<Source[]> {
  checkInside(wanted, verb)
  const clean = posix.normalize(`/${wanted}`).slice(1)
  if (!MAGIC.test(clean)) {
    const source = await sourceAt(root, clean)
    if (source) return [source]
    throw missing(verb, clean)
  }
  const found = await Promise.all((await matches(root, '', clean)).map((name) => sourceAt(root, name)))
  return found.filter((source) => source !== undefined)
}

/**
 * The same for `COPY --parents`: each source keeps the folders that its word names, or those after the first `./` in the middle of it.
 * @see Dockerfile reference, "COPY --parents"
 */
export async function findWithParents(root: string, wanted: string): Promise<Source[]> {
  checkInside(wanted, 'COPY')
  const [, before = '', after = wanted] = /^(.*?(?:^|\/))\.\/(.+)$/.exec(wanted) ?? []
  const [base, kept] = [before, after].map((part) => posix.normalize(`/${part}`).replace(/^\/|\/$/g, '')) as [string, string]
  const found: { base: string; name: string }[] = []
  for (const one of await matches(root, '', base)) for (const name of await matches(root, one, kept)) found.push({ base: one, name })
  const sources = await Promise.all(found.map((one) => keeping(root, one.base, one.name)))
  const whole = sources.filter((source) => source !== undefined)
  if (whole.length > 0 || MAGIC.test(wanted)) return whole
  throw missing('COPY', posix.join(base, kept))
}

async function keeping(root: string, base: string, name: string): Promise<Source | undefined> {
  const source = await sourceAt(root, posix.join(base, name))
  const folders = name.split('/').slice(0, -1)
  const parents = folders.map(async (folder, i) => ({ name: folder, path: await resolveInRoot(root, posix.join(base, ...folders.slice(0, i + 1))) }))
  return source && { ...source, parents: await Promise.all(parents) }
}

/** Folder by folder, as a pattern never matches a `/`; `**` stands for any number of folders. @returns names relative to `base` */
async function matches(root: string, base: string, pattern: string): Promise<string[]> {
  let found = ['']
  for (const part of pattern.split('/').filter((one) => one !== '')) {
    const next = found.map((folder) => (part === '**' ? foldersBelow(root, base, folder) : namesLike(root, base, folder, part)))
    found = (await Promise.all(next)).flat()
  }
  // Two ways through `**` may lead to one file.
  return [...new Set(found)]
}

/** It and all folders below it, whatever symbolic links lead to. */
async function foldersBelow(root: string, base: string, folder: string): Promise<string[]> {
  const entries = await entriesOf(root, base, folder)
  const below = entries?.filter((entry) => entry.isDirectory()).map(({ name }) => foldersBelow(root, base, posix.join(folder, name)))
  return below ? [folder, ...(await Promise.all(below)).flat()] : []
}

function checkInside(wanted: string, verb: 'COPY' | 'ADD'): void {
  if (posix.normalize(wanted.replace(/^\/+/, '')).startsWith('..'))
    throw new EngineError('invalid', `${verb} failed: forbidden path outside the build context: ${wanted} ()`)
}

function missing(verb: 'COPY' | 'ADD', name: string): EngineError {
  return new EngineError('invalid', `${verb} failed: file not found in build context or excluded by .dockerignore: stat ${name}: file does not exist`)
}

async function namesLike(root: string, base: string, folder: string, pattern: string): Promise<string[]> {
  const expression = goPattern(pattern)
  const names = (await entriesOf(root, base, folder))?.map(({ name }) => name) ?? []
  return names
    .filter((name) => expression.test(name))
    .sort()
    .map((name) => posix.join(folder, name))
}

/** Of what is no folder, undefined. */
async function entriesOf(root: string, base: string, folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(await resolveInRoot(root, posix.join(base, folder)), { withFileTypes: true })
  } catch (error) {
    if (hasCode(error, 'ENOTDIR', 'ENOENT')) return undefined
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
