import { posix } from 'node:path'
import { EngineError } from '../errors.ts'
import { type TarEdit, TarEditor } from './tar-editor.ts'
import { malformedTar, newEntry, numberAt, type PaxRecords, type TarEntry, TarType, withRecords } from './tar-entry.ts'

/** @see OCI image-spec layer.md, "Whiteouts" */
const WHITEOUT = '.wh.'
/** What AUFS kept for itself, and docker ignores ever since. */
const AUFS_PRIVATE = '.wh..wh.'
const OPAQUE = '.wh..wh..opq'
/** How overlayfs keeps the same two facts. @see kernel overlayfs.rst, "whiteouts and opaque directories" */
const OVERLAY_ATTRIBUTE = 'SCHILY.xattr.trusted.overlay.'
const OPAQUE_ATTRIBUTE = `${OVERLAY_ATTRIBUTE}opaque`

/** @see path_resolution(7), PATH_MAX; its last byte is the zero at the end */
const MOST_NAME_BYTES = 4095

const NOTHING: TarEdit = { blocks: Buffer.alloc(0), hasContent: false }

/**
 * Rewrites a layer's tar for overlayfs: whiteout files become 0/0 character devices, opaque markers become extended
 * attributes. Refuses entries that would land outside the layer, by `..` or through a symbolic link of the layer.
 * @param count told the bytes of each file; those of a symbolic link are its target, as docker counts
 */
export function toOverlay(count: (sizeBytes: number) => void): TarEditor {
  const links = new Set<string>()
  const hidden = new Set<string>()
  const folders = new Map<string, TarEntry>()
  return new TarEditor((entry) => {
    const path = safePath(entry.path, links)
    const linkPath = entry.type === TarType.link ? safePath(entry.linkPath, links) : entry.linkPath
    const name = posix.basename(path)
    const parent = posix.dirname(path)
    if (name === OPAQUE) return only(opaqueFolder(folders.get(parent), parent))
    if (path.split('/').some((part) => part.startsWith(AUFS_PRIVATE))) return NOTHING
    if (name.startsWith(WHITEOUT)) {
      const target = hiddenPath(parent, name.slice(WHITEOUT.length), entry)
      hidden.add(target)
      return only(newEntry(target, { type: TarType.characterDevice, mode: 0, modifiedAt: numberAt(entry.header, 136, 12) }))
    }
    // A hard link to a symbolic link is one more of them.
    if (entry.type === TarType.symlink || (entry.type === TarType.link && links.has(linkPath))) links.add(path)
    else links.delete(path)
    count(sizeOf(entry))
    if (entry.type !== TarType.directory) return hasDots(entry) ? { blocks: cleaned(entry, path, linkPath), hasContent: true } : keep(entry)
    folders.set(path, entry)
    if (hidden.has(path)) return only(opaqueFolder(entry, path))
    return hasDots(entry) ? only(cleaned(entry, path, linkPath)) : keep(entry)
  })
}

/**
 * The reverse, for a container's upper directory packed by tar: devices 0/0 become whiteout files, opaque folders get
 * their marker, and the file system's private attributes stay behind.
 * @param count as for {@link toOverlay}
 */
export function fromOverlay(count: (sizeBytes: number) => void): TarEditor {
  return new TarEditor(entryFromOverlay(count))
}

/** What {@link fromOverlay} makes of one entry. */
export function entryFromOverlay(count: (sizeBytes: number) => void): (entry: TarEntry) => TarEdit {
  return (entry) => {
    const path = posix.normalize(entry.path).replace(/\/$/, '')
    if (path === '.' || path === '') return NOTHING
    const modifiedAt = numberAt(entry.header, 136, 12)
    if (entry.type === TarType.characterDevice && numberAt(entry.header, 329, 8) === 0 && numberAt(entry.header, 337, 8) === 0) {
      return only(newEntry(posix.join(posix.dirname(path), `${WHITEOUT}${posix.basename(path)}`), { type: TarType.file, mode: 0o600, modifiedAt }))
    }
    count(sizeOf(entry))
    const records = new Map([...entry.records].filter(([key]) => !key.startsWith(OVERLAY_ATTRIBUTE)))
    const blocks = records.size === entry.records.size ? entry.blocks : withRecords(entry.header, records)
    if (entry.records.get(OPAQUE_ATTRIBUTE) !== 'y') return { blocks, hasContent: true }
    return { blocks, hasContent: true, after: newEntry(posix.join(path, OPAQUE), { type: TarType.file, mode: 0o600, modifiedAt }) }
  }
}

function sizeOf(entry: TarEntry): number {
  return entry.type === TarType.symlink ? entry.linkPath.length : entry.sizeBytes
}

function keep(entry: TarEntry): TarEdit {
  return { blocks: entry.blocks, hasContent: true }
}

function only(blocks: Buffer): TarEdit {
  return { blocks, hasContent: false }
}

/** The cleaned path of an entry. @throws EngineError `invalid` when it leaves the layer, itself or through a link of the layer */
function safePath(name: string, links: ReadonlySet<string>): string {
  if (name.length > MOST_NAME_BYTES) throw new EngineError('invalid', `invalid tar header: ${name.slice(0, 64)}…: file name too long`)
  const path = posix.normalize(name.replace(/^\/+/, '')).replace(/\/$/, '')
  if (path === '..' || path.startsWith('../')) throw new EngineError('invalid', `invalid tar header: ${name} is outside of the layer`)
  for (let parent = posix.dirname(path); parent !== '.' && parent !== '/'; parent = posix.dirname(parent)) {
    if (links.has(parent)) throw new EngineError('invalid', `invalid tar header: ${name} goes through the symbolic link ${parent}`)
  }
  return path
}

/** What a whiteout hides. @throws EngineError `invalid` when that is not a name of its folder: `.wh...` would be the folder above */
function hiddenPath(parent: string, name: string, { path }: TarEntry): string {
  if (name === '' || name === '.' || name === '..') throw new EngineError('invalid', `invalid tar header: ${path} hides no file`)
  return posix.join(parent, name)
}

/** tar(1) refuses `a/../b`, which is harmless once cleaned. */
function hasDots({ path, linkPath, type }: TarEntry): boolean {
  return path.split('/').includes('..') || (type === TarType.link && linkPath.split('/').includes('..'))
}

function cleaned(entry: TarEntry, path: string, linkPath: string): Buffer {
  if (entry.type === TarType.sparse) throw malformedTar() // Its extension blocks cannot be written anew.
  const link: PaxRecords = linkPath === '' ? new Map() : new Map([['linkpath', linkPath]])
  return withRecords(entry.header, new Map([...entry.records, ['path', path], ...link]))
}

/** The folder once more, now opaque; a layer need not have said before that there is one. */
function opaqueFolder(folder: TarEntry | undefined, path: string): Buffer {
  if (!folder) {
    const header = newEntry('opaque/', { type: TarType.directory, mode: 0o755, modifiedAt: 0 })
    return withRecords(
      header,
      new Map([
        ['path', `${path}/`],
        [OPAQUE_ATTRIBUTE, 'y'],
      ]),
    )
  }
  return withRecords(folder.header, new Map([...folder.records, ['path', `${path}/`], [OPAQUE_ATTRIBUTE, 'y']]))
}
