import { tarOf } from './tar.ts'

/** What a person gave this page: a file by its path below what was given, or a folder. */
export interface Picked {
  readonly path: string
  /** Undefined for a folder. */
  readonly file: File | undefined
}

/** Of an `<input type="file">`, also of one that takes a whole folder. */
export function chosenFiles(list: FileList | null): Picked[] {
  return [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
}

/** Files and folders that were dropped, with all that is below them. To be called while the event lasts. @throws DOMException for what cannot be read */
export async function droppedFiles(data: DataTransfer | null): Promise<Picked[]> {
  const items = [...(data?.items ?? [])].filter(({ kind }) => kind === 'file').map((item) => item.webkitGetAsEntry() ?? item.getAsFile())
  const found = await Promise.all(items.map((item) => (item instanceof File ? [{ path: item.name, file: item }] : item ? below(item) : [])))
  return found.flat()
}

async function below(entry: FileSystemEntry): Promise<Picked[]> {
  const path = entry.fullPath.replace(/^\//, '')
  if (isFile(entry)) return [{ path, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) }]
  if (!isFolder(entry)) return []
  const found: Picked[] = [{ path, file: undefined }]
  const reader = entry.createReader()
  // It gives some at a time, and none at the end.
  for (let some = await next(reader); some.length > 0; some = await next(reader)) for (const child of some) found.push(...(await below(child)))
  return found
}

function next(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject))
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}

/** A build context that was given. */
export interface BuildContext {
  /** Of the folder or the archive. */
  readonly title: string
  /** The files in it, by their paths; unknown of an archive. */
  readonly names: ReadonlySet<string> | undefined
  archive(): Blob
}

/**
 * A folder, or one archive, as a build context; undefined for nothing. A page is not told modes: every file may be run, as
 * the docker command has it on Windows.
 */
export function contextOf(picked: readonly Picked[]): BuildContext | undefined {
  const [first] = picked
  if (!first) return undefined
  const [title = '', ...below] = first.path.split('/')
  if (picked.length === 1 && below.length === 0 && first.file) {
    const { file } = first
    return { title, names: undefined, archive: () => file }
  }
  const inside = picked.map(({ path, file }) => ({ path: path.slice(title.length + 1), file })).filter(({ path }) => path !== '')
  const names = new Set(inside.flatMap(({ path, file }) => (file ? [path] : [])))
  const archive = () => tarOf(inside.map(({ path, file }) => ({ path, mode: 0o755, uid: 0, gid: 0, modifiedAtMs: file?.lastModified ?? 0, content: file })))
  return { title, names, archive }
}
