import { chmod, chown, mkdtemp, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mountTmpfs, unmount } from '../linux/overlay.ts'
import type { SecretMount } from './run-mount-flag.ts'

/** As much as BuildKit takes. */
const MOST_BYTES = 500 * 1024

/** In memory alone, seen by root alone, gone with the step. */
const OPTIONS = ['nosuid', 'noexec', 'nodev', 'mode=0700', 'size=1m']

/**
 * Gives `use` a file with a secret, in memory: nothing of it is ever on a disk. What a crash leaves mounted, the sweep of
 * the builds' folder unmounts.
 * @throws Error when it is too large
 */
export async function withSecretFile<T>(scratch: string, { id, owner }: SecretMount, secret: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  if (secret.byteLength > MOST_BYTES) throw new Error(`secret ${id} is too large: ${secret.byteLength} bytes, and at most ${MOST_BYTES} are taken`)
  const folder = await mkdtemp(join(scratch, 'secret-'))
  await mountTmpfs('secret', folder, OPTIONS)
  try {
    const path = join(folder, 'secret')
    await writeFile(path, secret, { mode: 0o600 })
    await chown(path, owner.uid, owner.gid)
    await chmod(path, owner.mode)
    return await use(path)
  } finally {
    await unmount(folder)
    await rmdir(folder)
  }
}
