import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What is started by name: the daemon, and its threads. */
const ENTRIES = ['daemon.mjs', 'daemon-snapshot.cjs', 'digest-worker.mjs', 'extract-worker.mjs']

/**
 * The files of the built engine: what is started, and all that it may ever load. Pieces of earlier builds lie beside them,
 * and would make another image of the same engine.
 * @param folder `dist/engine`
 * @returns names, sorted
 */
export async function engineFiles(folder: string): Promise<string[]> {
  const names = new Set(ENTRIES)
  // A set goes on over what is added meanwhile.
  for (const name of names) {
    for (const [, imported = ''] of (await readFile(join(folder, name), 'utf8')).matchAll(/["']\.\/(chunk-[\w-]+\.mjs|package-[\w-]+\.cjs)["']/g))
      names.add(imported)
  }
  return [...names].sort()
}
