import { posix } from 'node:path'
import type { Container } from '../container.ts'
import type { ContainerParts } from '../parts.ts'
import { cleanContainerPath, describeFailure, openFiles } from './container-files.ts'
import { textOf } from './latin1.ts'
import type { Located, RootView } from './root-view.ts'

/** What is at a path of a container, itself a link perhaps. @see Engine API 1.51 ContainerArchiveInfo */
export interface PathStat {
  readonly name: string
  readonly sizeBytes: number
  /** Type and permissions. @see inode(7) */
  readonly mode: number
  /** Nanoseconds since 1970. */
  readonly modifiedNs: bigint
  /** Where a link leads in the end, within the container; empty for anything else. */
  readonly linkTarget: string
}

/**
 * @param path as the client wrote it; a `/` or `/.` at its end follows a link
 * @param reference how the client called the container, for messages
 * @throws EngineError `not-found`
 */
export async function statPath(parts: ContainerParts, container: Container, path: string, reference: string): Promise<PathStat> {
  await using files = await openFiles(parts, container)
  try {
    const cleaned = cleanContainerPath(path)
    await using found = await files.view.locate(cleaned)
    return await pathStat(files.view, found, cleaned)
  } catch (error) {
    throw describeFailure(error, path, `container ${reference}`)
  }
}

export async function pathStat(view: RootView, { path, stat }: Located, asked: string): Promise<PathStat> {
  const linkTarget = stat.isSymbolicLink() ? await view.resolve(path) : ''
  return { name: textOf(baseName(asked)), sizeBytes: Number(stat.size), mode: Number(stat.mode), modifiedNs: stat.mtimeNs, linkTarget: textOf(linkTarget) }
}

/** As Go's filepath.Base: `/` for the root, `.` for a path that ends with `/.` */
export function baseName(path: string): string {
  return posix.basename(path) || '/'
}
