/** One entry of a cpio archive; names have no leading slash. */
export type CpioEntry =
  | { readonly kind: 'folder'; readonly name: string; readonly mode: number }
  | { readonly kind: 'file'; readonly name: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly kind: 'link'; readonly name: string; readonly target: string }
  | { readonly kind: 'character-device'; readonly name: string; readonly mode: number; readonly major: number; readonly minor: number }

const TYPE = { folder: 0o040000, file: 0o100000, link: 0o120000, 'character-device': 0o020000 } as const

/**
 * An archive that the kernel unpacks as its first file system: owned by root, of no date, so that the same entries
 * are the same bytes. A folder comes before what is in it.
 * @see Linux, Documentation/driver-api/early-userspace/buffer-format.rst ("newc")
 */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, index) => record(entry.name, fieldsOf(entry, index + 1), contentOf(entry)))
  const end = record('TRAILER!!!', { inode: 0, mode: 0, links: 1, major: 0, minor: 0 }, new Uint8Array())
  return Buffer.concat([...parts, ...end])
}

interface Fields {
  readonly inode: number
  readonly mode: number
  readonly links: number
  readonly major: number
  readonly minor: number
}

function fieldsOf(entry: CpioEntry, inode: number): Fields {
  const device = entry.kind === 'character-device' ? { major: entry.major, minor: entry.minor } : { major: 0, minor: 0 }
  const permissions = entry.kind === 'link' ? 0o777 : entry.mode
  return { inode, mode: TYPE[entry.kind] | permissions, links: entry.kind === 'folder' ? 2 : 1, ...device }
}

function contentOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.content
  return entry.kind === 'link' ? Buffer.from(entry.target) : new Uint8Array()
}

/** Header, name and content, the latter two filled up to the next multiple of four. */
function record(name: string, { inode, mode, links, major, minor }: Fields, content: Uint8Array): Uint8Array[] {
  const nameBytes = Buffer.from(`${name}\0`)
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, major, minor, nameBytes.length, 0]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [header, nameBytes, padding(header.length + nameBytes.length), content, padding(content.length)]
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4)
}
