import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'

/** The bytes of all files below a folder, and of what its symbolic links say, hard links counted once. What vanishes meanwhile counts nothing. */
export async function directorySize(folder: string, seen = new Set<string>()): Promise<number> {
  let total = 0
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) total += await directorySize(path, seen)
      else if (entry.isFile() || entry.isSymbolicLink()) total += await fileSize(path, seen)
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
  return total
}

async function fileSize(path: string, seen: Set<string>): Promise<number> {
  const stat = await lstat(path)
  if (stat.nlink > 1) {
    const key = `${stat.dev}:${stat.ino}`
    if (seen.has(key)) return 0
    seen.add(key)
  }
  return stat.size
}
