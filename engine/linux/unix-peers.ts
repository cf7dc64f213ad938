import { readlink } from 'node:fs/promises'
import { hasCode } from '../errors.ts'
import { run } from './run.ts'

/** The inode of one of our sockets, by which ss(8) knows it; undefined when the descriptor is closed or no socket. */
export async function socketInode(descriptor: number): Promise<string | undefined> {
  try {
    return /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/self/fd/${descriptor}`))?.[1]
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/**
 * The inodes of all connected unix sockets of this machine whose other side is closed. Reading cannot tell that from an
 * other side that only sends no more.
 * @see ss(8), unix_diag: the peer's inode is 0 then
 */
export async function departedPeers(): Promise<Set<string>> {
  const lines = (await run('ss', ['-xnH', 'state', 'established'])).split('\n')
  return new Set(lines.flatMap((line) => /\s(\d+)\s+\*\s+0\s*$/.exec(line)?.[1] ?? []))
}
