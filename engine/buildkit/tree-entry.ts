import { posix } from 'node:path'
import { EngineError } from '../errors.ts'
import { GO_MODE, hasBit, kernelPermissions } from './go-mode.ts'
import type { Stat } from './protocol/wire_pb.ts'

export type EntryKind = 'folder' | 'file' | 'hard-link' | 'symbolic-link' | 'fifo' | 'character' | 'block' | 'socket'

/** One entry of a tree that a client tells of. */
export interface TreeEntry {
  /** Its place among those that were told, by which its bytes are asked for. */
  readonly id: number
  /** Relative to the root, without `.` and `..`. */
  readonly path: string
  readonly kind: EntryKind
  /** Permissions with set-user-ID, set-group-ID and sticky, as the kernel has them. */
  readonly mode: number
  readonly size: number
  /** Nanoseconds since 1970. */
  readonly modTime: bigint
  readonly linkname: string
  readonly device: readonly [major: number, minor: number]
}

function kindOf({ mode, linkname }: Stat): EntryKind {
  if (hasBit(mode, GO_MODE.folder)) return 'folder'
  if (hasBit(mode, GO_MODE.symbolicLink)) return 'symbolic-link'
  if (hasBit(mode, GO_MODE.fifo)) return 'fifo'
  if (hasBit(mode, GO_MODE.socket)) return 'socket'
  if (hasBit(mode, GO_MODE.device)) return hasBit(mode, GO_MODE.character) ? 'character' : 'block'
  return linkname === '' ? 'file' : 'hard-link'
}

/**
 * Reads what a client tells, entry by entry. A tree is built of it by name, so that nothing in it may lead out: each
 * entry lies in a folder that was told before it, and no name comes twice.
 */
export class TreeReader {
  readonly #kinds = new Map<string, EntryKind>()

  /** @throws EngineError `invalid` for an entry that cannot be */
  read(stat: Stat): TreeEntry {
    const { path } = stat
    const parent = posix.dirname(path)
    const isTidy = path !== '' && path !== '.' && !path.startsWith('/') && !path.includes('\0') && posix.normalize(path) === path && !path.endsWith('/')
    if (!isTidy || path.split('/').includes('..')) throw new EngineError('invalid', `invalid path in the build context: ${JSON.stringify(path)}`)
    if (this.#kinds.has(path)) throw new EngineError('invalid', `${JSON.stringify(path)} is in the build context twice`)
    if (parent !== '.' && this.#kinds.get(parent) !== 'folder') throw new EngineError('invalid', `${JSON.stringify(path)} has no folder in the build context`)
    const kind = kindOf(stat)
    if (kind === 'hard-link' && !['file', 'hard-link'].includes(this.#kinds.get(stat.linkname) ?? '')) {
      throw new EngineError('invalid', `${JSON.stringify(path)} is a link to a file that is not in the build context`)
    }
    const id = this.#kinds.size
    this.#kinds.set(path, kind)
    const { size, modTime, linkname, devmajor, devminor } = stat
    return { id, path, kind, mode: kernelPermissions(stat.mode), size: Number(size), modTime, linkname, device: [Number(devmajor), Number(devminor)] }
  }
}

/** Everything of an entry by which a change is seen, without reading it. */
export function fingerprint({ kind, mode, size, modTime, linkname, device }: TreeEntry): string {
  return [kind, mode, kind === 'folder' ? 0 : size, kind === 'folder' ? 0 : modTime, ...device, linkname].join(' ')
}
