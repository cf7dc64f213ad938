import { lstat, opendir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'
import { mountsBelow } from './overlay.ts'

/** What files take: `bytes` of files and of what links say, as docker counts, and `diskBytes`, the blocks of files, folders and links, as du(1) counts. */
export interface Usage {
  bytes: number
  diskBytes: number
  /** Files, folders and links. */
  entries: number
}

/**
 * Walks a folder once and adds up by kind. Hard links count once, where they are met first: in what comes first of `root` by
 * its name. What is mounted inside is left out; what vanishes meanwhile counts nothing.
 * @param kindOf names the kind of a path below `root`, `''` being the folder itself
 */
export async function diskUsage<Kind extends string>(root: string, kindOf: (path: string) => Kind): Promise<Map<Kind, Usage>> {
  const totals = new Map<Kind, Usage>()
  const mounts = new Set(await mountsBelow(root))
  const seen = new Set<bigint>()
  const visit = async (path: string): Promise<void> => {
    const full = join(root, path)
    if (path !== '' && mounts.has(full)) return
    const stat = await lstat(full, { bigint: true })
    if (!stat.isDirectory() && stat.nlink > 1n) {
      if (seen.has(stat.ino)) return
      seen.add(stat.ino)
    }
    const kind = kindOf(path)
    const total = totals.get(kind) ?? { bytes: 0, diskBytes: 0, entries: 0 }
    totals.set(kind, total)
    total.entries++
    total.diskBytes += Number(stat.blocks) * 512
    if (stat.isFile() || stat.isSymbolicLink()) total.bytes += Number(stat.size)
    if (!stat.isDirectory()) return
    const names = path === '' ? (await readdir(full)).sort() : namesIn(full)
    for await (const name of names) await visit(join(path, name)).catch(unlessGone)
  }
  await visit('')
  return totals
}

/** Of a folder that may have more than should be held at once. */
async function* namesIn(folder: string): AsyncGenerator<string> {
  for await (const { name } of await opendir(folder)) yield name
}

function unlessGone(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error
}
