import { lstat, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'

/** The kernel's own limit. @see path_resolution(7) */
const MAX_LINKS = 40

/**
 * The host's path for a path inside a root: `..` stops at the root, and symbolic links lead where they would if the
 * root were `/`. What does not exist resolves to where it would be. For trees that nobody changes meanwhile.
 * @throws Error `ELOOP` for links in a circle
 */
export async function resolveInRoot(root: string, path: string): Promise<string> {
  const waiting = path.split('/').reverse()
  const inside: string[] = []
  let links = 0
  while (waiting.length > 0) {
    const name = waiting.pop() ?? ''
    if (name === '' || name === '.') continue
    if (name === '..') {
      inside.pop()
      continue
    }
    const target = await linkTarget(join(root, ...inside, name))
    if (target === undefined) {
      inside.push(name)
      continue
    }
    links += 1
    if (links > MAX_LINKS) throw Object.assign(new Error(`too many levels of symbolic links: ${path}`), { code: 'ELOOP' })
    if (target.startsWith('/')) inside.length = 0
    waiting.push(...target.split('/').reverse())
  }
  return join(root, ...inside)
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
