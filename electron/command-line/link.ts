import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { codeOf } from '../errors.ts'

/** What lies at a path itself: of a link, the link. */
export function thingAt(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** Where a link leads; undefined where there is none, or something else. */
export function linkAt(path: string): string | undefined {
  return thingAt(path)?.isSymbolicLink() ? readlinkSync(path) : undefined
}
