import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readFile, readlink, stat, statfs } from 'node:fs/promises'
import { hasCode } from '../errors.ts'
import { pidsOf } from './cgroup-pids.ts'
import { DirectoryHandle } from './directory-handle.ts'
import { SIGKILL, sendSignal } from './process.ts'

/** @see statfs(2) */
const TMPFS_MAGIC = 0x01021994

const PREFIX = '.engineroom-toolbox-'

/** Of a running container, and where its processes are. */
export interface FirstProcess {
  readonly pid: number
  readonly cgroupPath: string
}

/** A name for a toolbox that nobody can have made before. */
export function toolboxName(): string {
  return `${PREFIX}${randomBytes(8).toString('hex')}`
}

/** Where it is, to those in the container. */
export function toolboxPath(name: string): string {
  return `/dev/${name}`
}

/**
 * Puts busybox into a running container's /dev: a file system in memory of the container's own, so that neither its image nor
 * its files change, and all is gone with the container. Nothing that the container links or renames leads elsewhere.
 * @throws Error when its /dev is something else
 */
export async function placeToolbox(of: FirstProcess, name: string, busybox: string): Promise<void> {
  await using dev = await devOf(of)
  const isOurs = (await stat(dev.path)).dev === (await stat('/dev')).dev
  if (isOurs || (await statfs(dev.path)).type !== TMPFS_MAGIC) throw new Error('/dev of this container is no file system of its own')
  await dev.makeFolder(name, 0o755)
  await using folder = await dev.child(name)
  await using file: FileHandle = await folder.createFile('busybox')
  await file.writeFile(await readFile(busybox))
  await file.chmod(0o755)
}

/**
 * Ends what runs from toolboxes of a container, and removes them; also of one that is going at this moment.
 * @param name only this one; otherwise all that there are, as after a daemon that was killed
 */
export async function removeToolbox(of: FirstProcess, name?: string): Promise<void> {
  try {
    await using dev = await devOf(of)
    for (const found of await dev.names()) {
      if (!found.startsWith(PREFIX) || (name !== undefined && found !== name)) continue
      for (const one of await pidsOf(of.cgroupPath)) if (await runsFrom(one, toolboxPath(found))) sendSignal(one, SIGKILL)
      await dev.remove(found)
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ESRCH', 'ENOTDIR', 'ELOOP')) throw error
  }
}

/** @throws Error with code ESRCH when the container has ended: its number may be another process' by now, whose /dev is this machine's */
async function devOf({ pid, cgroupPath }: FirstProcess): Promise<DirectoryHandle> {
  await using root = await DirectoryHandle.open(`/proc/${pid}/root`)
  if (!(await pidsOf(cgroupPath)).includes(pid)) throw Object.assign(new Error('the container has ended'), { code: 'ESRCH' })
  return await root.child('dev')
}

async function runsFrom(pid: number, folder: string): Promise<boolean> {
  try {
    return (await readlink(`/proc/${pid}/exe`)).startsWith(`${folder}/`)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return false
    throw error
  }
}

/** Whether a program needs nothing but the kernel: another finds no libraries in a container. */
export async function isStatic(path: string): Promise<boolean> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
  return !buffer.subarray(0, bytesRead).includes('/ld-')
}
