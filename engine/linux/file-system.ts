import { statfsSync } from 'node:fs'

/** Docker's names of the file systems that can lie below an overlay. @see statfs(2), f_type */
const NAMES = new Map([
  [0xef53, 'extfs'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x794c7630, 'overlayfs'],
  [0x6969, 'nfs'],
])

/** The file system that holds a path; `<unknown>` when it is none that docker has a name for. @throws Error when there is no such path */
export function fileSystemOf(path: string): string {
  return NAMES.get(statfsSync(path).type) ?? '<unknown>'
}
