import type { FileKind, FileRow } from '../api/files.ts'

const LETTERS: Readonly<Record<FileKind, string>> = { folder: 'd', file: '-', link: 'l', pipe: 'p', socket: 's', device: 'c' }

/** `drwxr-sr-x`, as ls(1) writes it. */
export function modeText({ kind, mode }: Pick<FileRow, 'kind' | 'mode'>): string {
  const triple = (shift: number, special: number, letter: string) => {
    const bits = mode >> shift
    const runs = (bits & 1) !== 0
    const last = (mode & special) !== 0 ? (runs ? letter : letter.toUpperCase()) : runs ? 'x' : '-'
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`
  }
  return `${LETTERS[kind]}${triple(6, 0o4000, 's')}${triple(3, 0o2000, 's')}${triple(0, 0o1000, 't')}`
}

/** Folders first, then by name, numbers in it by their size. */
export function sortFiles(rows: readonly FileRow[]): FileRow[] {
  const { compare } = new Intl.Collator('en', { numeric: true })
  return [...rows].sort((a, b) => Number(b.kind === 'folder') - Number(a.kind === 'folder') || compare(a.name, b.name))
}

export function joinPath(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

/** A path as a person writes it in a folder: a name, a path from there, or one from the top. */
export function pathFrom(folder: string, written: string): string {
  return written.startsWith('/') ? written : joinPath(folder, written)
}

/** `app:staff`, or numbers where there are no names, as ls(1). */
export function ownerText({ user, group, uid, gid }: Pick<FileRow, 'user' | 'group' | 'uid' | 'gid'>): string {
  return `${user || uid}:${group || gid}`
}

export function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The folders on the way to a path, itself the last. */
export function trailOf(path: string): { readonly name: string; readonly path: string }[] {
  const names = path.split('/').filter(Boolean)
  return [{ name: '/', path: '/' }, ...names.map((name, at) => ({ name, path: `/${names.slice(0, at + 1).join('/')}` }))]
}
