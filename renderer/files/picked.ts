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
