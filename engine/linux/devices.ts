import { lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'
import type { OciDevice } from './oci.ts'

/** The device node at `path` on this machine, to appear as `target` in a container; undefined when it is none. */
export function hostDevice(path: string, target: string): OciDevice | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat || !(stat.isCharacterDevice() || stat.isBlockDevice())) return undefined
  return {
    type: stat.isCharacterDevice() ? 'c' : 'b',
    path: target,
    ...deviceNumbers(stat.rdev),
    fileMode: stat.mode & 0o777,
    uid: stat.uid,
    gid: stat.gid,
  }
}

/** @see makedev(3): the major and minor numbers are interleaved in 64 bits. */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  const bits = BigInt(rdev)
  return {
    major: Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & ~0xfffn)),
    minor: Number((bits & 0xffn) | ((bits >> 12n) & ~0xffn & 0xffffffffn)),
  }
}

/** The pseudo file systems of /dev that every container gets of its own. */
const OWN_FOLDERS = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev'])

/** Every device node below a folder, to appear below `target`; by default everything of /dev, for a privileged container. */
export function hostDevices(folder = '/dev', target = folder): OciDevice[] {
  const devices: OciDevice[] = []
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (path === '/dev/console' || (folder === '/dev' && OWN_FOLDERS.has(name))) continue
    const device = deviceOrFolder(path, join(target, name))
    if (device === 'folder') devices.push(...hostDevices(path, join(target, name)))
    else if (device) devices.push(device)
  }
  return devices
}

function deviceOrFolder(path: string, target: string): OciDevice | 'folder' | undefined {
  try {
    const stat = lstatSync(path)
    if (stat.isDirectory()) return 'folder'
    return stat.isCharacterDevice() || stat.isBlockDevice() ? hostDevice(path, target) : undefined
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES')) return undefined
    throw error
  }
}
