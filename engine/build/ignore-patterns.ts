import { readdir, rm, rmdir } from 'node:fs/promises'
import { join, posix } from 'node:path'
import dockerignore from '@balena/dockerignore'

type Factory = typeof dockerignore.default

/**
 * Reads patterns as they stand in a .dockerignore, one a line.
 * @returns whether a path, relative to the context, is left out
 * @see docker build, ".dockerignore file"
 */
export function ignorePatterns(text: string): (path: string) => boolean {
  const factory: unknown = dockerignore
  if (!isFactory(factory)) throw new Error('the package @balena/dockerignore is not what it was')
  const rules = factory().add(text)
  return (path) => rules.ignores(path)
}

/**
 * Removes what patterns leave out. A folder that is left out may hold what a later `!pattern` takes in: it goes when it
 * is empty then.
 */
export async function removeIgnored(root: string, isIgnored: (path: string) => boolean, folder = ''): Promise<void> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) {
      await removeIgnored(root, isIgnored, path)
      if (isIgnored(path) && (await readdir(join(root, path))).length === 0) await rmdir(join(root, path))
    } else if (isIgnored(path)) await rm(join(root, path))
  }
}

/** The package is CommonJS, and its types speak of a default export inside of what it really is: the function itself. */
function isFactory(value: unknown): value is Factory {
  return typeof value === 'function'
}
