import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** In mounts of its own: below what is written here lies this machine's `/etc`. */
const SCRIPT = 'mount -t overlay -o "lowerdir=$0:/etc" overlay /etc && exec "$@"'

/**
 * The words to put before a program's, so that it finds this `/etc/engineroom/managed.json`, and nobody else on the machine does.
 * @param folder the test's own
 */
export async function underAdministrator(folder: string, managed: unknown, mode = 0o644): Promise<string[]> {
  const etc = join(folder, 'managed-etc')
  await mkdir(join(etc, 'engineroom'), { recursive: true })
  await writeFile(join(etc, 'engineroom/managed.json'), typeof managed === 'string' ? managed : JSON.stringify(managed))
  return ['unshare', '--mount', 'sh', '-c', `chmod ${mode.toString(8)} "$0/engineroom/managed.json" && ${SCRIPT}`, etc]
}
