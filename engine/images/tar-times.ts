import { TarEditor } from './tar-editor.ts'
import { BLOCK_BYTES, numberAt, type TarEntry, withModifiedAt, withRecords } from './tar-entry.ts'

/** Times that an entry may have beside its header. @see pax(1), "pax Extended Header" */
const TIMES = ['mtime', 'atime', 'ctime', 'LIBARCHIVE.creationtime']

/**
 * Has no entry be later than a moment: later ones are of that moment.
 * @param latestS seconds since 1970
 */
export function clampTimes(latestS: number): TarEditor {
  return timing(latestS, (timeS) => timeS > latestS)
}

/** Has every entry be of a moment. @param momentS seconds since 1970 */
export function setTimes(momentS: number): TarEditor {
  return timing(momentS, (timeS) => timeS !== momentS)
}

function timing(momentS: number, isWrong: (timeS: number) => boolean): TarEditor {
  return new TarEditor((entry) => ({ blocks: timed(entry, momentS, isWrong), hasContent: true }))
}

function timed({ header, blocks, records }: TarEntry, momentS: number, isWrong: (timeS: number) => boolean): Buffer {
  const isHeaderWrong = isWrong(numberAt(header, 136, 12))
  const wrong = TIMES.filter((name) => records.has(name) && isWrong(Number(records.get(name))))
  const fresh = isHeaderWrong ? withModifiedAt(header, momentS) : header
  if (wrong.length > 0) return withRecords(fresh, new Map([...records, ...wrong.map((name) => [name, String(momentS)] as const)]))
  if (!isHeaderWrong) return blocks
  // Other blocks, of a long name or of holes, stand in front of it or after it.
  const at = blocks.indexOf(header)
  return Buffer.concat([blocks.subarray(0, at), fresh, blocks.subarray(at + BLOCK_BYTES)])
}
