import { TarEditor } from './tar-editor.ts'
import { BLOCK_BYTES, numberAt, type TarEntry, withModifiedAt, withRecords } from './tar-entry.ts'

/** Times that an entry may have beside its header. @see pax(1), "pax Extended Header" */
const TIMES = ['mtime', 'atime', 'ctime', 'LIBARCHIVE.creationtime']

/**
 * Has no entry be later than a moment: later ones are of that moment.
 * @param latestS seconds since 1970
 */
export function clampTimes(latestS: number): TarEditor {
  return new TarEditor((entry) => ({ blocks: clamped(entry, latestS), hasContent: true }))
}

function clamped({ header, blocks, records }: TarEntry, latestS: number): Buffer {
  const isLater = numberAt(header, 136, 12) > latestS
  const late = TIMES.filter((name) => Number(records.get(name) ?? 0) > latestS)
  const fresh = isLater ? withModifiedAt(header, latestS) : header
  if (late.length > 0) return withRecords(fresh, new Map([...records, ...late.map((name) => [name, String(latestS)] as const)]))
  if (!isLater) return blocks
  // Other blocks, of a long name or of holes, stand in front of it or after it.
  const at = blocks.indexOf(header)
  return Buffer.concat([blocks.subarray(0, at), fresh, blocks.subarray(at + BLOCK_BYTES)])
}
