import { statfs } from 'node:fs/promises'
import { reservedBytes } from '../linux/space-guard.ts'
import { type Check, fine } from './check.ts'

/** With so many times as much as stays reserved, it is time to look for room. */
const SOON = 4

/** Of all inodes: small files use them up before the bytes. */
const LEAST_INODES = 0.02

export interface Room {
  readonly totalBytes: number
  readonly freeBytes: number
  readonly inodes: number
  readonly freeInodes: number
}

/** @param dataRoot whose file system is looked at */
export async function checkDisk(dataRoot: string): Promise<Check> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(dataRoot)
  return diskCheck({ totalBytes: blocks * bsize, freeBytes: bavail * bsize, inodes: files, freeInodes: ffree }, dataRoot)
}

/** Full is where the engine refuses to write more, so that the machine goes on. */
export function diskCheck({ totalBytes, freeBytes, inodes, freeInodes }: Room, dataRoot: string): Check {
  const named = { id: 'disk', title: 'Disk' }
  const reserved = reservedBytes(totalBytes)
  const fix = 'Remove what nobody needs (Data directory), or move the data to a larger disk.'
  const detail = `${gigabytes(freeBytes)} of ${gigabytes(totalBytes)} are free at ${dataRoot}.`
  if (freeBytes < reserved)
    return {
      ...named,
      state: 'fail',
      detail: `${detail} Pulls, builds and loads are refused, so that the machine goes on.`,
      fix,
      command: 'engineroom data prune',
    }
  // File systems that make inodes as they need them say 0.
  if (inodes > 0 && freeInodes < inodes * LEAST_INODES)
    return { ...named, state: 'warn', detail: `Only ${freeInodes} more files fit on the disk of ${dataRoot}.`, fix, command: 'engineroom data prune' }
  if (freeBytes < reserved * SOON) return { ...named, state: 'warn', detail, fix, command: 'engineroom data prune' }
  return { ...named, ...fine(detail) }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
