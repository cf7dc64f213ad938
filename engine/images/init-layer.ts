import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'

const FOLDERS = ['dev/pts', 'dev/shm', 'etc', 'proc', 'sys']
const FILES = ['.dockerenv', 'dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf']
const LINKS = [['etc/mtab', '/proc/mounts']] as const

/**
 * Fills the lowest layer of every container: the points on which the runtime mounts. Without it the runtime would make
 * them in the container's own layer, and a commit would keep empty files that nobody wrote. It lies below the image, so
 * that whatever the image has there wins. Idempotent.
 * @see moby daemon/initlayer
 */
export async function makeInitLayer(root: string): Promise<void> {
  for (const name of FOLDERS) await mkdir(join(root, name), { recursive: true, mode: 0o755 })
  for (const name of FILES) await writeFile(join(root, name), '', { mode: 0o755 })
  for (const [name, target] of LINKS) await linkOnce(target, join(root, name))
}

async function linkOnce(target: string, path: string): Promise<void> {
  await symlink(target, path).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
}
