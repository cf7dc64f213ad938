import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A digest of files and folders: names, kinds, modes, link targets and bytes. Times and owners do not count, so that a
 * fresh checkout finds the cache. The same files give the same digest whatever the order in which a folder lists them.
 * @param paths each with the name under which it counts
 */
export async function contentDigest(paths: readonly { readonly path: string; readonly name: string }[]): Promise<string> {
  const hash = createHash('sha256')
  for (const { path, name } of paths) await add(hash, path, name)
  return hash.digest('hex')
}

async function add(hash: Hash, path: string, name: string): Promise<void> {
  const stat = await lstat(path)
  hash.update(JSON.stringify([name, stat.mode]))
  if (stat.isSymbolicLink()) hash.update(await readlink(path))
  else if (stat.isFile()) for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  else if (stat.isDirectory()) for (const entry of (await readdir(path)).sort()) await add(hash, join(path, entry), `${name}/${entry}`)
}
