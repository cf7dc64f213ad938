import { readFile, realpath } from 'node:fs/promises'

/** Whether what is mounted below a path on one side appears on the other. @see mount_namespaces(7), "Shared subtrees" */
export interface Propagation {
  /** Where the file system that holds the path is mounted. */
  readonly mountPoint: string
  readonly isShared: boolean
  readonly isSlave: boolean
}

/** @throws Error when there is no such path */
export async function propagationOf(path: string): Promise<Propagation> {
  return propagationIn(await readFile('/proc/self/mountinfo', 'utf8'), await realpath(path))
}

/** The same, from the text of /proc/self/mountinfo. @param path absolute, without links. @see proc(5) */
export function propagationIn(mountinfo: string, path: string): Propagation {
  let found: Propagation = { mountPoint: '/', isShared: false, isSlave: false }
  for (const line of mountinfo.split('\n')) {
    const [, , , , mountPoint = '', , ...rest] = line.split(' ')
    // Of two at one place, the later one lies on top.
    if (mountPoint === '' || mountPoint.length < found.mountPoint.length || !isAtOrBelow(path, mountPoint)) continue
    const tags = rest.slice(0, rest.indexOf('-'))
    found = { mountPoint, isShared: tags.some((tag) => tag.startsWith('shared:')), isSlave: tags.some((tag) => tag.startsWith('master:')) }
  }
  return found
}

/** By their names: links in them are not followed. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`)
}
