import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Readable } from 'node:stream'
import { EngineError, hasCode } from '../../errors.ts'
import { ToolError } from '../../linux/run.ts'
import type { ArrivingLayer } from '../arriving-layer.ts'
import { decompressed } from '../compression.ts'
import { type TarEntry, TarType } from '../tar-entry.ts'
import { readTar, type TarMember } from '../tar-reader.ts'
import { type ArchivedFile, storeFile } from './archived-file.ts'

const PREFIX = 'load-'

/** As many links as Linux follows. @see path_resolution(7) */
const MAX_LINKS = 40

/** @param name of the file in the archive; undefined when that layer need not be extracted */
type ReceiveLayer = (name: string) => Promise<ArrivingLayer | undefined>

/** What an archive has under a name. */
type Node =
  | { readonly kind: 'file'; readonly file: ArchivedFile }
  | { readonly kind: 'broken'; readonly error: unknown }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'other' }

/**
 * An image archive, unpacked into a folder for as long as it is read. Its names and links stay in memory, and its files get
 * names of our own: nothing in it can reach out of the folder.
 */
export class UnpackedArchive implements AsyncDisposable {
  readonly #folder: string
  readonly #receive: ReceiveLayer
  readonly #nodes = new Map<string, Node>()
  readonly #layers = new AsyncDisposableStack()

  private constructor(folder: string, receive: ReceiveLayer) {
    this.#folder = folder
    this.#receive = receive
  }

  /**
   * @param root where to make the folder; a crash leaves it there for {@link sweepLoads}
   * @param receive extracts what looks like a layer on its way
   * @throws EngineError `system` with docker's words when it is no tar
   */
  static async unpack(body: Readable, root: string, receive: ReceiveLayer): Promise<UnpackedArchive> {
    const folder = join(root, `${PREFIX}${randomUUID()}`)
    await mkdir(folder, { mode: 0o700 })
    const archive = new UnpackedArchive(folder, receive)
    try {
      for await (const member of readTar(await decompressed(body))) await archive.#add(member)
      return archive
    } catch (error) {
      await archive[Symbol.asyncDispose]()
      throw asDockerSays(error)
    }
  }

  /**
   * A file of the archive. Old archives link one layer to another, so links are followed, within.
   * @throws EngineError `system` when there is none, `invalid` when it is elsewhere or no plain file
   */
  file(name: string): ArchivedFile {
    // Names in JSON are UTF-8, those of a tar are bytes, each kept as a character.
    let path = placeOf(Buffer.from(name, 'utf8').toString('latin1'))
    for (let links = 0; links <= MAX_LINKS; links++) {
      if (path === undefined) throw new EngineError('invalid', `invalid tar header: ${name} is outside of the archive`)
      const node = this.#nodes.get(path)
      if (!node) break
      if (node.kind === 'file') return node.file
      if (node.kind === 'broken') throw asDockerSays(node.error)
      // A device node could give away the machine's disk, a pipe would never end.
      if (node.kind === 'other') throw new EngineError('invalid', `invalid tar header: ${name} is not a regular file`)
      path = placeOf(node.target)
    }
    throw new EngineError('system', `open ${name}: no such file or directory`)
  }

  /** @throws EngineError as {@link file} does */
  text(name: string): Promise<string> {
    return readFile(this.file(name).path, 'utf8')
  }

  /** Like {@link text}; undefined when the archive has no such file. */
  async optionalText(name: string): Promise<string | undefined> {
    return this.#nodes.has(name) ? this.text(name) : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#layers.disposeAsync()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** What cannot be decompressed is no reason to fail before somebody asks for it. */
  async #store(content: AsyncIterable<Buffer>, sizeBytes: number, name: string): Promise<Node> {
    try {
      const file = await storeFile(content, sizeBytes, {
        path: join(this.#folder, randomUUID()),
        folder: this.#folder,
        receive: () => this.#receive(name),
      })
      if (file.layer) this.#layers.use(file.layer)
      return { kind: 'file', file }
    } catch (error) {
      if (isUnreadable(error)) return { kind: 'broken', error }
      throw error
    }
  }

  async #add(member: TarMember): Promise<void> {
    const path = placeOf(withoutRoot(member.entry.path))
    if (path !== undefined) this.#nodes.set(path, await this.#nodeOf(member, path))
  }

  async #nodeOf({ entry, content }: TarMember, path: string): Promise<Node> {
    switch (entry.type) {
      case TarType.link:
        return { kind: 'link', target: withoutRoot(entry.linkPath) }
      case TarType.symlink:
        return { kind: 'link', target: posix.isAbsolute(entry.linkPath) ? entry.linkPath : posix.join(posix.dirname(path), entry.linkPath) }
      case TarType.file:
        return isSparse(entry) ? { kind: 'other' } : await this.#store(content(), entry.sizeBytes, path)
      default:
        return { kind: 'other' }
    }
  }
}

/** A name within the archive in its shortest form; undefined for one that leads out of it. */
function placeOf(name: string): string | undefined {
  const path = posix.normalize(name)
  return path === '..' || path.startsWith('../') || path.startsWith('/') ? undefined : path
}

/** As tar(1) reads the names of entries, and of what hard links link to. */
function withoutRoot(name: string): string {
  return name.replace(/^\/+/, '')
}

function isSparse({ records }: TarEntry): boolean {
  return [...records.keys()].some((key) => key.startsWith('GNU.sparse.'))
}

/** It cannot be decompressed. */
function isUnreadable(error: unknown): boolean {
  return error instanceof ToolError || hasCode(error, 'Z_BUF_ERROR', 'Z_DATA_ERROR', 'ZSTD_error_corruption_detected', 'ZSTD_error_prefix_unknown')
}

/** What is wrong with the archive, in Go's words; what is wrong with this machine, such as a full disk, as it is. */
function asDockerSays(error: unknown): unknown {
  const isCutOff = hasCode(error, 'Z_BUF_ERROR') || (error instanceof ToolError && /[Uu]nexpected (EOF|end of (file|input))/.test(error.stderr))
  if (isCutOff) return new EngineError('system', 'unexpected EOF', { cause: error })
  if (isUnreadable(error)) return new EngineError('system', 'archive/tar: invalid tar header', { cause: error })
  // To docker, a broken archive is a failure of the daemon.
  return error instanceof EngineError ? new EngineError('system', error.message, { cause: error }) : error
}

/** Removes the folders of loads that a crash cut off. */
export async function sweepLoads(root: string): Promise<void> {
  for (const name of await readdir(root)) if (name.startsWith(PREFIX)) await rm(join(root, name), { recursive: true, force: true })
}
