import { EngineError } from '../errors.ts'

export const BLOCK_BYTES = 512

/** Records of a PAX extended header. Their bytes are kept as Latin-1 text, so that a binary attribute survives. */
export type PaxRecords = ReadonlyMap<string, string>

/** The types that we tell apart. @see tar(5), "typeflag" */
export const TarType = { file: '0', link: '1', symlink: '2', characterDevice: '3', blockDevice: '4', directory: '5', fifo: '6', sparse: 'S' } as const

/** One entry as it stands in an archive. Paths are Latin-1 text like the records. */
export interface TarEntry {
  readonly path: string
  readonly linkPath: string
  readonly type: string
  /** Of the content that follows. */
  readonly sizeBytes: number
  readonly records: PaxRecords
  readonly header: Buffer
  /** The header with all extensions in front of it, byte by byte. */
  readonly blocks: Buffer
}

/** Types that never have content; only a hard link's size may be said all the same. */
const WITHOUT_CONTENT: readonly string[] = ['2', '3', '4', '5', '6']

/**
 * Puts an entry together from its header block and the extensions before it.
 * @throws EngineError `invalid` for a header that no archiver writes
 */
export function readEntry(header: Buffer, blocks: Buffer, extensions: { records: PaxRecords; longName?: string; longLink?: string }): TarEntry {
  const { records } = extensions
  const type = header[156] === 0 || header[156] === 0x37 ? TarType.file : String.fromCharCode(header[156] ?? 0)
  const sizeBytes = records.has('size') ? Number(records.get('size')) : numberAt(header, 124, 12)
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || (sizeBytes > 0 && WITHOUT_CONTENT.includes(type))) throw malformedTar()
  return {
    path: records.get('GNU.sparse.name') ?? records.get('path') ?? extensions.longName ?? headerPath(header),
    linkPath: records.get('linkpath') ?? extensions.longLink ?? textAt(header, 157, 100),
    type,
    sizeBytes: type === TarType.link ? 0 : sizeBytes,
    records,
    header,
    blocks,
  }
}

export function malformedTar(): EngineError {
  return new EngineError('invalid', 'archive/tar: invalid tar header')
}

function headerPath(header: Buffer): string {
  const name = textAt(header, 0, 100)
  if (header.toString('latin1', 257, 263) !== 'ustar\0') return name
  const isStar = header.toString('latin1', 508, 512) === 'tar\0'
  const prefix = textAt(header, 345, isStar ? 131 : 155)
  return prefix === '' ? name : `${prefix}/${name}`
}

/** Text of a header field, up to its first zero byte. */
export function textAt(block: Buffer, offset: number, length: number): string {
  const end = block.indexOf(0, offset)
  return block.toString('latin1', offset, end < 0 || end > offset + length ? offset + length : end)
}

/** A number in octal, or in base 256 when the first bit is set. */
export function numberAt(block: Buffer, offset: number, length: number): number {
  if (((block[offset] ?? 0) & 0x80) === 0) {
    const text = textAt(block, offset, length).trim()
    if (!/^[0-7]*$/.test(text)) throw malformedTar()
    return text === '' ? 0 : Number.parseInt(text, 8)
  }
  let value = (block[offset] ?? 0) & 0x7f
  for (let i = 1; i < length; i++) value = value * 256 + (block[offset + i] ?? 0)
  return value
}

/** Whether a header's sum is right. Both readings of "sum" are in the field: unsigned as specified, and signed. */
export function hasValidChecksum(header: Buffer): boolean {
  const expected = numberAt(header, 148, 8)
  let unsigned = 0
  let signed = 0
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0)
    unsigned += byte
    signed += byte > 127 ? byte - 256 : byte
  }
  return expected === unsigned || expected === signed
}

/** @see pax(1), "pax Extended Header": `<length> <key>=<value>\n` */
export function readPax(content: Buffer): Map<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const length = Number(content.toString('latin1', at, space))
    if (space < 0 || !Number.isInteger(length) || length <= 0 || at + length > content.length) throw malformedTar()
    const record = content.toString('latin1', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (equals < 0) throw malformedTar()
    records.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return records
}

/** The blocks of an entry with other records than it came with. */
export function withRecords(header: Buffer, records: PaxRecords): Buffer {
  if (records.size === 0) return header
  const content = Buffer.concat([...records].map(([key, value]) => paxRecord(key, value)))
  const extension = encodeHeader({ path: 'PaxHeader', type: 'x', mode: 0o644, sizeBytes: content.length, modifiedAt: 0 })
  return Buffer.concat([extension, content, Buffer.alloc(paddingOf(content.length)), header])
}

/** A record counts the digits of its own length. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`
  let length = rest.length + String(rest.length).length
  if (String(length).length + rest.length !== length) length++
  return Buffer.from(`${length}${rest}`, 'latin1')
}

/** An entry that we make ourselves, without content. */
export function newEntry(path: string, options: { type: string; mode: number; modifiedAt: number }): Buffer {
  const header = encodeHeader({ ...options, path: path.slice(0, 100), sizeBytes: 0 })
  return withRecords(header, path.length > 100 ? new Map([['path', path]]) : new Map())
}

function encodeHeader(fields: { path: string; type: string; mode: number; sizeBytes: number; modifiedAt: number }): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  const octal = (value: number, offset: number, length: number) => block.write(value.toString(8).padStart(length - 1, '0'), offset, 'latin1')
  block.write(fields.path, 0, 100, 'latin1')
  octal(fields.mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(fields.sizeBytes, 124, 12)
  octal(Math.max(0, fields.modifiedAt), 136, 12)
  block.write(fields.type, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  octal(0, 329, 8)
  octal(0, 337, 8)
  return summed(block)
}

/** A header with another time. @param modifiedAt seconds since 1970, at least 0 */
export function withModifiedAt(header: Buffer, modifiedAt: number): Buffer {
  const block = Buffer.from(header)
  block.write(`${modifiedAt.toString(8).padStart(11, '0')}\0`, 136, 'latin1')
  return summed(block)
}

function summed(block: Buffer): Buffer {
  block.fill(0x20, 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** Zero bytes up to the next whole block. */
export function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES
}
