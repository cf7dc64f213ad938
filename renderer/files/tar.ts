/** A file or folder of an archive that this page makes. */
export interface TarFile {
  /** Relative, with `/` between names. */
  readonly path: string
  /** Permissions. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly modifiedAtMs: number
  /** Undefined for a folder. */
  readonly content: Blob | undefined
}

const BLOCK_BYTES = 512
const MAX_NAME_BYTES = 100
/** What eleven octal digits hold. */
const MAX_SIZE_BYTES = 8 ** 11 - 1

/**
 * An archive of these files. Their bytes are read by the browser as they are sent: a large file is never in memory.
 * @see tar(5), "POSIX ustar Archives"; pax(1)
 */
export function tarOf(files: readonly TarFile[]): Blob {
  return new Blob([...files.flatMap(partsOf), new Uint8Array(2 * BLOCK_BYTES)])
}

function partsOf(file: TarFile): BlobPart[] {
  const path = file.content ? file.path : `${file.path}/`
  const size = file.content?.size ?? 0
  const records = [
    ...(bytesOf(path).length > MAX_NAME_BYTES ? [paxRecord('path', path)] : []),
    ...(size > MAX_SIZE_BYTES ? [paxRecord('size', String(size))] : []),
  ].join('')
  const header = headerOf(file.content ? '0' : '5', path, Math.min(size, MAX_SIZE_BYTES), file)
  const own: BlobPart[] = file.content ? [header, file.content, paddingAfter(size)] : [header]
  if (records === '') return own
  const text = bytesOf(records)
  return [headerOf('x', 'PaxHeader', text.length, file), text, paddingAfter(text.length), ...own]
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = bytesOf(` ${key}=${value}\n`).length
  let length = rest + String(rest).length
  if (String(length).length !== String(rest).length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

function headerOf(type: string, path: string, size: number, { mode, uid, gid, modifiedAtMs }: TarFile): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_BYTES)
  const octal = (value: number, digits: number) => bytesOf(value.toString(8).padStart(digits, '0'))
  block.set(bytesOf(path).subarray(0, MAX_NAME_BYTES), 0)
  block.set(octal(mode & 0o7777, 7), 100)
  block.set(octal(uid, 7), 108)
  block.set(octal(gid, 7), 116)
  block.set(octal(size, 11), 124)
  block.set(octal(Math.max(0, Math.floor(modifiedAtMs / 1000)), 11), 136)
  block.set(bytesOf('        '), 148)
  block.set(bytesOf(type), 156)
  block.set(bytesOf('ustar\u000000'), 257)
  block.set(bytesOf(`${octalSum(block)}\u0000 `), 148)
  return block
}

function octalSum(block: Uint8Array): string {
  return block
    .reduce((sum, byte) => sum + byte, 0)
    .toString(8)
    .padStart(6, '0')
}

function paddingAfter(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES)
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}
