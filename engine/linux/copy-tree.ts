import { run } from './run.ts'

/** Copies what is in `source` into `target` with owners, modes, times, links and extended attributes. */
export async function copyTree(source: string, target: string): Promise<void> {
  await run('cp', ['-a', '--reflink=auto', `${source}/.`, target])
}

/** Copies a file, a link, or with `/.` at its end what is in a folder, the same but for owners: root has it then. */
export async function copyAsRoot(source: string, target: string): Promise<void> {
  await run('cp', ['-a', '--no-preserve=ownership', '--reflink=auto', '--', source, target])
}

/** The same with its owners. */
export async function copyWithOwners(source: string, target: string): Promise<void> {
  await run('cp', ['-a', '--reflink=auto', '--', source, target])
}

/** Gives a path and everything below it to an owner; links themselves, not what they lead to. */
export async function setOwner(path: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> {
  await run('chown', ['-hR', `${owner.uid}:${owner.gid}`, '--', path])
}

/** Sets the modes of a path and everything below it. @param mode as chmod(1) takes it @throws ToolError for a bad mode */
export async function setModes(path: string, mode: string): Promise<void> {
  await run('chmod', ['-R', mode, '--', path])
}
