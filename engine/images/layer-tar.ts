import { posix } from 'node:path'
import { Readable, Transform } from 'node:stream'
import tar, { type Extract, type Header, type Pack } from 'tar-stream'
import { EngineError } from '../errors.ts'

type Entry = Partial<Header> & { readonly name: string }
type Attributes = Readonly<Record<string, string>>

/** @see OCI image-spec layer.md, "Whiteouts" */
const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'
/** How overlayfs keeps the same two facts. @see kernel overlayfs.rst, "whiteouts and opaque directories" */
const OPAQUE_XATTR = 'SCHILY.xattr.trusted.overlay.opaque'

/**
 * Rewrites a layer's tar for overlayfs: whiteout files become 0/0 character devices, opaque markers become extended
 * attributes. Refuses entries that would land outside the layer.
 * @param count told the bytes of each file
 */
export function toOverlay(source: Readable, count: (sizeBytes: number) => void): Readable {
  const links = new Set<string>()
  const folders = new Map<string, Header>()
  return rewritten(source, async (header, content, pack) => {
    const path = safePath(header.name, links)
    const name = posix.basename(path)
    if (header.type === 'symlink') links.add(path)
    else links.delete(path)
    if (header.type === 'link') safePath(header.linkname, links)
    if (header.type === 'directory') folders.set(path, header)
    if (header.type === 'file' || header.type === 'contiguous-file') count(header.size)
    if (name === OPAQUE) return put(pack, opaqueFolder(folders.get(posix.dirname(path)), posix.dirname(path)))
    if (name.startsWith(WHITEOUT)) {
      const hidden = posix.join(posix.dirname(path), name.slice(WHITEOUT.length))
      return put(pack, { name: hidden, type: 'character-device', devmajor: 0, devminor: 0, mode: 0, size: 0, mtime: header.mtime })
    }
    return put(pack, header, content)
  })
}

/**
 * The reverse, for a container's upper directory packed by tar: devices 0/0 become whiteout files, opaque folders get
 * their marker, and the file system's private attributes stay behind.
 */
export function fromOverlay(source: Readable): Readable {
  return rewritten(source, async (header, content, pack) => {
    const name = header.name.replace(/^\.\//, '')
    if (name === '' || name === '.') return
    const attributes = attributesOf(header)
    if (header.type === 'character-device' && header.devmajor === 0 && header.devminor === 0) {
      const marker = posix.join(posix.dirname(name), `${WHITEOUT}${posix.basename(name)}`)
      return put(pack, { name: marker, size: 0, mode: 0o600, mtime: header.mtime })
    }
    const linkname = header.type === 'link' ? header.linkname.replace(/^\.\//, '') : header.linkname
    await put(pack, { ...header, name, linkname, pax: withoutOverlay(attributes) }, content)
    if (attributes[OPAQUE_XATTR] === 'y') await put(pack, { name: posix.join(name, OPAQUE), size: 0, mode: 0o600, mtime: header.mtime })
  })
}

function attributesOf(header: Entry): Attributes {
  const { pax } = header
  return typeof pax === 'object' && pax !== null ? (pax as Attributes) : {}
}

/** What the header itself says is written anew; only attributes must come along. */
function withoutOverlay(attributes: Attributes): Attributes | null {
  const kept = Object.entries(attributes).filter(([key]) => key.startsWith('SCHILY.xattr.') && !key.startsWith('SCHILY.xattr.trusted.overlay.'))
  return kept.length > 0 ? Object.fromEntries(kept) : null
}

type EntryHandler = (header: Header, content: AsyncIterable<Buffer>, pack: Pack) => Promise<void>

/** A tar made of another one, entry by entry, at the pace of the reader. */
function rewritten(source: Readable, handle: EntryHandler): Readable {
  const pack = tar.pack()
  const extract = tar.extract()
  const copy = async () => {
    for await (const entry of extract) {
      await handle(entry.header, entry as AsyncIterable<Buffer>, pack)
      entry.resume()
    }
    pack.finalize()
  }
  Promise.all([feed(source, extract), copy()]).catch((error: Error) => {
    extract.destroy(error)
    pack.destroy(error)
  })
  return Readable.from(pack as AsyncIterable<Buffer>)
}

async function feed(source: Readable, extract: Extract): Promise<void> {
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (!extract.write(chunk)) await new Promise<void>((resolve) => extract.once('drain', () => resolve()))
    }
    extract.end(undefined)
  } catch (error) {
    extract.destroy(error as Error)
    throw error
  }
}

async function put(pack: Pack, header: Entry, content?: AsyncIterable<Buffer>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const sink = pack.entry(header, (error) => (error ? reject(error) : resolve()))
  if (content && (header.size ?? 0) > 0) {
    for await (const chunk of content) {
      if (!sink.write(chunk)) await new Promise<void>((go) => sink.once('drain', () => go()))
    }
  }
  sink.end(undefined)
  return promise
}

/** The cleaned path of an entry. @throws EngineError `invalid` when it leaves the layer, itself or through a link of the layer */
function safePath(name: string, links: ReadonlySet<string>): string {
  const path = posix.normalize(name.replace(/^\/+/, '')).replace(/\/$/, '')
  if (path === '..' || path.startsWith('../')) throw new EngineError('invalid', `invalid tar header: ${name} is outside of the layer`)
  for (let parent = posix.dirname(path); parent !== '.' && parent !== '/'; parent = posix.dirname(parent)) {
    if (links.has(parent)) throw new EngineError('invalid', `invalid tar header: ${name} goes through the symbolic link ${parent}`)
  }
  return path
}

function opaqueFolder(folder: Header | undefined, path: string): Entry {
  const base: Entry = folder ?? { name: path, type: 'directory', mode: 0o755 }
  return { ...base, name: `${path}/`, size: 0, pax: { ...attributesOf(base), [OPAQUE_XATTR]: 'y' } }
}

/** Lets the bytes of a stream be looked at while they pass. */
export function tap(look: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      look(chunk)
      done(null, chunk)
    },
  })
}
