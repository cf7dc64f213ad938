/** Folders that are links into /usr today, though packages of this Debian still have files in them. @see https://wiki.debian.org/UsrMerge */
export const MERGED = ['bin', 'lib', 'lib64', 'sbin'] as const

/** Where a file of a package is found on a merged system: `bin/ip` → `usr/bin/ip`. */
export function mergedPath(path: string): string {
  return MERGED.some((folder) => path.startsWith(`${folder}/`)) ? `usr/${path}` : path
}

/**
 * Where a link of a package leads once both ends have moved: `sbin/ip` → `/bin/ip` is an absolute link and stays, while a
 * relative one that leaves its folder is counted from its new place.
 */
export function mergedTarget(from: string, target: string): string {
  if (target.startsWith('/')) return `/${mergedPath(target.slice(1))}`
  const folder = from.split('/').slice(0, -1)
  const parts = target.split('/')
  while (parts[0] === '..') {
    parts.shift()
    folder.pop()
  }
  return `/${mergedPath([...folder, ...parts].join('/'))}`
}

/** Whether a pattern of the recipe means this path. */
export function matches(pattern: string, path: string): boolean {
  if (pattern.endsWith('/')) return path.startsWith(pattern) && !path.slice(pattern.length).includes('/')
  const [first = '', ...rest] = pattern.split('*')
  if (!path.startsWith(first)) return false
  const expression = [first, ...rest].map((text) => text.replaceAll(/[.+]/g, String.raw`\$&`)).join('[^/]*')
  return new RegExp(`^${expression}$`).test(path)
}
