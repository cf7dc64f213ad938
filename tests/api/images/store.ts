import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestDaemon } from '../../harness/daemon.ts'

/** All that is below the data root's images, by path; whatever is left of something shows. Not what the layers hold. */
export async function storeOf(daemon: TestDaemon): Promise<string[]> {
  const root = join(daemon.dataRoot, 'images')
  const below = async (folder: string) => (await readdir(join(root, folder))).map((name) => join(folder, name))
  return (await Promise.all(['', 'blobs', 'blobs/sha256', 'incoming', 'layers'].map(below))).flat().sort()
}
