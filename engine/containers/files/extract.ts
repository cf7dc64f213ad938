import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { EngineError, hasCode, messageOf } from '../../errors.ts'
import { decompressed } from '../../images/compression.ts'
import { BLOCK_BYTES, paddingOf, withRecords } from '../../images/tar-entry.ts'
import { readTar, type TarMember } from '../../images/tar-reader.ts'
import { copyIntoFile } from '../../linux/special-file.ts'
import { extractTar } from '../../linux/tar.ts'
import type { Container } from '../container.ts'
import { publishContainer } from '../events.ts'
import type { ContainerParts } from '../parts.ts'
import { isGoing } from '../state.ts'
import { resolveUser } from '../user.ts'
import { cleanContainerPath, describeFailure, openFiles } from './container-files.ts'
import type { Owner } from './entry-attributes.ts'
import { Extractor } from './extractor.ts'
import { textOf } from './latin1.ts'
import type { RootView } from './root-view.ts'

export interface ExtractRequest {
  /** Of a folder in the container, as the client wrote it; links are followed. */
  readonly path: string
  /** How the client called the container, for messages. */
  readonly reference: string
  /** A folder is not replaced by something else, nor something else by a folder. */
  readonly keepsKinds: boolean
  /** What is copied belongs to the container's user, whatever the archive says. */
  readonly belongsToUser: boolean
}

/**
 * Unpacks an archive, compressed or not, into a folder of a container, running or not.
 * @throws EngineError `not-found`, `invalid` when the path is no folder or may not be written
 * @see Engine API 1.51 PutContainerArchive
 */
export async function extractInto(parts: ContainerParts, container: Container, body: Readable, request: ExtractRequest): Promise<void> {
  const { path, reference } = request
  await using files = await openFiles(parts, container)
  try {
    const destination = await destinationOf(files.view, cleanContainerPath(path))
    checkWritable(container, destination)
    const owner = await ownerOf(container, files.root, request.belongsToUser)
    await extractArchive(files.view, destination, body, {
      keepsKinds: request.keepsKinds,
      owner,
      scratchRoot: parts.paths.root,
      onMember() {
        if (isGoing(container.state)) throw new EngineError('conflict', `container ${container.id} is marked for removal`)
      },
    })
  } catch (error) {
    throw describeFailure(error, path, `container ${reference}`)
  }
  publishContainer(parts.events, container, 'extract-to-dir')
}

export interface ArchiveTarget {
  readonly keepsKinds: boolean
  readonly owner?: Owner | undefined
  /** A folder of the engine's own, in which a folder is made for a while. */
  readonly scratchRoot: string
  /** Before each entry; may throw. */
  readonly onMember?: (member: TarMember) => Promise<void> | void
}

/**
 * Unpacks an archive, compressed or not, into a folder of open files.
 * @param destination without links
 * @throws EngineError, or Error of the file system with the path in the view
 */
export async function extractArchive(
  view: RootView,
  destination: string,
  body: Readable,
  { keepsKinds, owner, scratchRoot, onMember }: ArchiveTarget,
): Promise<void> {
  const writeSpecial = (member: TarMember, target: FileHandle) => throughScratch(join(scratchRoot, `copy-${randomUUID()}`), member, target)
  await using extractor = new Extractor(view, destination, { keepsKinds, owner, writeSpecial })
  for await (const member of members(await decompressed(body))) {
    await onMember?.(member)
    await extractor.add(member)
  }
  await extractor.finish()
}

/** The entries of an upload. When we stop early, the rest is thrown away: the client still sends, and waits for the answer. */
async function* members(archive: Readable): AsyncGenerator<TarMember> {
  try {
    yield* readTar(archive.iterator({ destroyOnReturn: false }))
  } catch (error) {
    throw new EngineError('system', messageOf(error), { cause: error }) // Sic: docker answers 500 to an archive that is none.
  } finally {
    archive.on('error', () => undefined) // What is wrong with the rest is nobody's concern.
    archive.resume()
  }
}

/** The folder that a path leads to, without links. @throws EngineError `invalid` when it is no folder */
export async function destinationOf(view: RootView, path: string): Promise<string> {
  try {
    await using folder = await view.folder(path)
    return folder.path
  } catch (error) {
    if (hasCode(error, 'ENOTDIR') && !/\/\.?$/.test(path)) {
      await using _something = await view.locate(await view.resolve(path))
      throw new EngineError('invalid', 'extraction point is not a directory')
    }
    throw error
  }
}

function checkWritable({ spec }: Container, path: string): void {
  const destination = textOf(path)
  const mounts = spec.mounts.filter((mount) => destination === mount.destination || destination.startsWith(`${mount.destination}/`))
  const innermost = mounts.sort((a, b) => b.destination.length - a.destination.length)[0]
  if (innermost && !innermost.rw) throw new EngineError('invalid', 'mounted volume is marked read-only')
  if (!innermost && spec.hostConfig.ReadonlyRootfs) throw new EngineError('invalid', 'container rootfs is marked read-only')
}

async function ownerOf(container: Container, root: string, belongsToUser: boolean) {
  const user = container.spec.config.User ?? ''
  return belongsToUser && user !== '' ? resolveUser(root, user, []) : undefined
}

/**
 * Writes a file with holes or extended attributes. tar knows how, but must not work inside the container: it would set
 * attributes by name. So it unpacks the one entry into a folder of the engine's own, from where it is copied into the
 * open file.
 */
async function throughScratch(folder: string, member: TarMember, target: FileHandle): Promise<void> {
  await mkdir(folder, { mode: 0o700 })
  try {
    await extractTar(Readable.from(singleEntry(member, 'file')), folder)
    await copyIntoFile(join(folder, 'file'), `/proc/${process.pid}/fd/${target.fd}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function* singleEntry({ entry, sparseBlocks, content }: TarMember, name: string): AsyncGenerator<Buffer> {
  const sparseName = entry.records.has('GNU.sparse.name') ? ([['GNU.sparse.name', name]] as const) : []
  yield withRecords(entry.header, new Map([...entry.records, ['path', name], ...sparseName]))
  yield sparseBlocks
  yield* content()
  yield Buffer.alloc(paddingOf(entry.sizeBytes) + 2 * BLOCK_BYTES)
}
