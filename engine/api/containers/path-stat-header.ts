import { constants } from 'node:fs'
import type { PathStat } from '../../containers/files/path-stat.ts'
import { goTime } from '../times.ts'

/** Go's bits for what Linux keeps above the permissions. @see Go io/fs, "FileMode" */
const GO_TYPES: Readonly<Record<number, number>> = {
  [constants.S_IFDIR]: 2 ** 31,
  [constants.S_IFLNK]: 2 ** 27,
  [constants.S_IFBLK]: 2 ** 26,
  [constants.S_IFIFO]: 2 ** 25,
  [constants.S_IFSOCK]: 2 ** 24,
  [constants.S_IFCHR]: 2 ** 26 + 2 ** 21,
}
const SETUID = 0o4000
const SETGID = 0o2000
const STICKY = 0o1000

/** The header of HEAD and GET archive: base 64 of docker's JSON. @see Engine API 1.51 ContainerArchiveInfo */
export function pathStatHeader({ name, sizeBytes, mode, modifiedNs, linkTarget }: PathStat): string {
  const json = JSON.stringify({ name, size: sizeBytes, mode: goMode(mode), mtime: goTime(isoOfNanos(modifiedNs)), linkTarget })
  return Buffer.from(json).toString('base64')
}

export function goMode(mode: number): number {
  const special = (mode & SETUID ? 2 ** 23 : 0) + (mode & SETGID ? 2 ** 22 : 0) + (mode & STICKY ? 2 ** 20 : 0)
  return (mode & 0o777) + special + (GO_TYPES[mode & constants.S_IFMT] ?? 0)
}

const SECOND_NS = 1_000_000_000n

function isoOfNanos(nanos: bigint): string {
  const fraction = ((nanos % SECOND_NS) + SECOND_NS) % SECOND_NS
  const isoSeconds = new Date(Number((nanos - fraction) / 1_000_000n)).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)
  return `${isoSeconds}.${String(fraction).padStart(9, '0')}Z`
}
