import { lstat, mkdtemp, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchLocked } from '../../vm-assets/fetch-locked.ts'
import type { LockedFile } from '../../vm-assets/lock-file.ts'
import { unpackDebian } from '../../vm-assets/unpack.ts'

/** Where the sources of a version stay, which those who pass its programs on have to name. */
const SOURCES = 'https://snapshot.debian.org/binary'

/**
 * What Debian's packages say of their makers and licences, with where their sources are: of each its `copyright`.
 * @param cache where fetched packages are kept
 */
export async function debianLicences(packages: readonly LockedFile[], cache: string): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'engineroom-licences-'))
  try {
    const texts: string[] = []
    for (const file of packages) {
      const { name, version } = file
      const tree = join(work, name)
      await unpackDebian(await fetchLocked(file, cache), tree)
      const text = await copyright(join(tree, 'usr/share/doc', name))
      texts.push(`${'-'.repeat(80)}\n\n${name} ${version}, of Debian; its sources: ${SOURCES}/${name}/${version}/\n\n${text}\n`)
      await rm(tree, { recursive: true })
    }
    return texts.join('\n')
  } finally {
    await rm(work, { recursive: true })
  }
}

/** Debian lets packages of one source have one folder between them, which is one's and a link of the others'. */
async function copyright(folder: string): Promise<string> {
  if ((await lstat(folder)).isSymbolicLink()) return `As ${await readlink(folder)}, of the same source.`
  return readFile(join(folder, 'copyright'), 'utf8')
}
