import { lstat } from 'node:fs/promises'
import { linkIfPossible } from './hard-link.ts'
import { run } from './run.ts'

/** Not into a file that is there, which may be shared (@see shareAsRoot), nor through a link that is there: `target` is what is written. */
const COPY = ['-a', '--remove-destination', '--no-target-directory', '--reflink=auto']

/** Copies what is in `source` into `target` with owners, modes, times, links and extended attributes. */
export async function copyTree(source: string, target: string): Promise<void> {
  await run('cp', [...COPY, `${source}/.`, target])
}

/** Copies a file, a link, or with `/.` at its end what is in a folder, the same but for owners: root has it then. */
export async function copyAsRoot(source: string, target: string): Promise<void> {
  await run('cp', [...COPY, '--no-preserve=ownership', '--', source, target])
}

/**
 * Like {@link copyAsRoot} of one file, but without its bytes: `target` is a hard link. For files that nobody will ever change again.
 * @param leastBytes a smaller one is not shared
 * @returns false when that cannot be: it is smaller, not root's, has other links, or is on another file system
 */
export async function shareAsRoot(source: string, target: string, leastBytes = 0): Promise<boolean> {
  const stat = await lstat(source)
  if (!stat.isFile() || stat.uid !== 0 || stat.gid !== 0 || stat.nlink > 1 || stat.size < leastBytes) return false
  return (await linkIfPossible(source, target)) === 'made'
}

/** The same with its owners. */
export async function copyWithOwners(source: string, target: string): Promise<void> {
  await run('cp', [...COPY, '--', source, target])
}

/** Gives a path and everything below it to an owner; links themselves, not what they lead to. */
export async function setOwner(path: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> {
  await run('chown', ['-hR', `${owner.uid}:${owner.gid}`, '--', path])
}

/** Sets the modes of a path and everything below it, never of what links lead to. @param mode as chmod(1) takes it @throws ToolError for a bad mode */
export async function setModes(path: string, mode: string): Promise<void> {
  // chmod(1) follows those that it is given by name.
  if ((await lstat(path)).isSymbolicLink()) return
  await run('chmod', ['-R', mode, '--', path])
}
