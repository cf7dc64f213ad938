import type { KeyObject } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../dist/electron', import.meta.url))

/** In mounts of its own: what a package has beside the window's program, and the program below it. */
const SCRIPT = `mount -t overlay -o "lowerdir=$0:$1" overlay "$1" && shift && exec "$@"`

/**
 * The words to put before a window's, so that it takes itself for one of a Debian package whose releases this key signs.
 * @param folder the test's own
 */
export async function asDebianPackage(folder: string, key: KeyObject): Promise<string[]> {
  const notes = join(folder, 'package')
  await mkdir(notes)
  await writeFile(join(notes, 'package-type'), 'deb\n')
  await writeFile(join(notes, 'release-key.pem'), key.export({ type: 'spki', format: 'pem' }))
  return ['unshare', '--mount', 'sh', '-c', SCRIPT, notes, PROGRAM]
}
