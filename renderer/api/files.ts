import { callEngine, command, engineUrl, fetchJson } from './engine-client.ts'
import { isRecord, type JsonRecord, numberAt, recordAt, recordsAt, textAt } from './json.ts'

/** Whose files: the paths of the API at which they are. */
export interface FileOwner {
  readonly files: string
  readonly archive: string
}

const FILE_KINDS = ['folder', 'file', 'link', 'pipe', 'socket', 'device'] as const
export type FileKind = (typeof FILE_KINDS)[number]

export interface FileRow {
  readonly name: string
  readonly kind: FileKind
  /** Permissions, with setuid, setgid and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** As the container's own files call them; empty without a name. */
  readonly user: string
  readonly group: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  /** What a link says; empty for anything else. */
  readonly linkTarget: string
  readonly isMount: boolean
  readonly isReadOnly: boolean
}

export interface Listing {
  /** Links followed. */
  readonly path: string
  readonly self: FileRow
  /** Undefined for what is no folder. */
  readonly entries: readonly FileRow[] | undefined
}

export function containerFiles(id: string): FileOwner {
  return { files: `/engineroom/v1/containers/${id}`, archive: `/containers/${id}/archive` }
}

export function volumeFiles(name: string): FileOwner {
  const base = `/engineroom/v1/volumes/${encodeURIComponent(name)}`
  return { files: base, archive: `${base}/archive` }
}

/** What is at a path, and in it. @see docs/files.md */
export async function listFiles(owner: FileOwner, path: string, signal: AbortSignal): Promise<Listing> {
  const reply = await fetchJson(`${owner.files}/files`, { query: { path }, signal })
  const from = isRecord(reply) ? reply : {}
  return {
    path: textAt(from, 'path'),
    self: parseRow(recordAt(from, 'self')),
    entries: Array.isArray(from.entries) ? recordsAt(from, 'entries').map(parseRow) : undefined,
  }
}

export async function readFile(owner: FileOwner, path: string, signal: AbortSignal): Promise<Uint8Array> {
  return new Uint8Array(await (await callEngine('GET', `${owner.files}/file`, { query: { path }, signal })).arrayBuffer())
}

/** What is around it is there; it is not. */
export async function makeFolder(owner: FileOwner, path: string): Promise<void> {
  await command('POST', `${owner.files}/folder`, { query: { path } })
}

/** Another name, or another place; what is there is not replaced. */
export async function moveFile(owner: FileOwner, path: string, to: string): Promise<void> {
  await command('POST', `${owner.files}/move`, { query: { path, to } })
}

/** A folder goes with what is in it. */
export async function removeFile(owner: FileOwner, path: string): Promise<void> {
  await command('DELETE', `${owner.files}/files`, { query: { path } })
}

/** Unpacks an archive into a folder; folders that are there are merged, and nothing becomes a folder that was none. @see Engine API 1.51 PutContainerArchive */
export async function putArchive(owner: FileOwner, path: string, archive: Blob): Promise<void> {
  await command('PUT', owner.archive, { query: { path, noOverwriteDirNonDir: true }, upload: archive })
}

/** Where the browser finds a file to keep. */
export function fileUrl(owner: FileOwner, path: string): string {
  return engineUrl(`${owner.files}/file`, { path })
}

/** Where it finds a tar of a folder, or of anything else. */
export function archiveUrl(owner: FileOwner, path: string): string {
  return engineUrl(owner.archive, { path })
}

/** A file as our engine tells of it. */
export function parseRow(from: JsonRecord): FileRow {
  return {
    name: textAt(from, 'name'),
    kind: FILE_KINDS.find((one) => one === from.kind) ?? 'device',
    mode: numberAt(from, 'mode') ?? 0,
    uid: numberAt(from, 'uid') ?? 0,
    gid: numberAt(from, 'gid') ?? 0,
    user: textAt(from, 'user'),
    group: textAt(from, 'group'),
    sizeBytes: numberAt(from, 'sizeBytes') ?? 0,
    modifiedAtMs: numberAt(from, 'modifiedAtMs') ?? 0,
    linkTarget: textAt(from, 'linkTarget'),
    isMount: from.isMount === true,
    isReadOnly: from.isReadOnly === true,
  }
}
