import { numberAt, type TarEntry } from '../../images/tar-entry.ts'

/** What an archive says of a file besides its name and content. */
export interface EntryAttributes {
  readonly uid: number
  readonly gid: number
  /** Permissions only. */
  readonly mode: number
  /** Seconds since 1970. */
  readonly accessedAt: number
  readonly modifiedAt: number
}

/** Who shall own what is copied, whatever the archive says. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** @see tar(5) and pax(1): the extended header wins over the block */
export function attributesOf({ header, records }: TarEntry, owner: Owner | undefined): EntryAttributes {
  const number = (key: string, offset: number, length: number) => (records.has(key) ? Number(records.get(key)) : numberAt(header, offset, length))
  const modifiedAt = bound(number('mtime', 136, 12))
  return {
    uid: owner?.uid ?? number('uid', 108, 8),
    gid: owner?.gid ?? number('gid', 116, 8),
    mode: numberAt(header, 100, 8) & 0o7777,
    accessedAt: Math.max(bound(Number(records.get('atime') ?? 0)), modifiedAt),
    modifiedAt,
  }
}

/** A time that the file system cannot keep becomes 1970, as under docker. */
function bound(seconds: number): number {
  return Number.isFinite(seconds) && seconds >= 0 && seconds < 2 ** 33 ? seconds : 0
}

const ATTRIBUTE = 'SCHILY.xattr.'

/** Whether a regular file has more than bytes: extended attributes, or holes. */
export function isPlain({ type, records }: TarEntry): boolean {
  return type !== 'S' && ![...records.keys()].some((key) => key.startsWith(ATTRIBUTE) || key.startsWith('GNU.sparse.'))
}
