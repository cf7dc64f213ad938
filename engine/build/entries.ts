import { readdir } from 'node:fs/promises'
import { join, posix } from 'node:path'

/** The relative paths of everything in a folder but folders: a folder that is left out may hold what a later `!pattern` takes in. */
export async function entriesBelow(root: string, folder = ''): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) found.push(...(await entriesBelow(root, path)))
    else found.push(path)
  }
  return found
}
