import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { EngineError, hasCode } from '../../errors.ts'
import { ToolError } from '../../linux/run.ts'
import { extractTar } from '../../linux/tar.ts'
import { decompressed } from '../compression.ts'

const PREFIX = 'load-'

/** An image archive, unpacked into a folder for as long as it is read. */
export class UnpackedArchive implements AsyncDisposable {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * @param root where to make the folder; a crash leaves it there for {@link sweepLoads}
   * @throws EngineError `system` with docker's words when it is no tar
   */
  static async unpack(body: Readable, root: string): Promise<UnpackedArchive> {
    const folder = join(await realpath(root), `${PREFIX}${randomUUID()}`)
    await mkdir(folder, { mode: 0o700 })
    const archive = new UnpackedArchive(folder)
    try {
      await extractTar(await decompressed(body), folder, ['--no-same-owner', '--no-xattrs'])
      return archive
    } catch (error) {
      await archive[Symbol.asyncDispose]()
      throw asDockerSays(error)
    }
  }

  /**
   * Where a file of the archive lies. Old archives link one layer to another, so links are followed, within.
   * @throws EngineError `system` when there is none, `invalid` when it is elsewhere or no plain file
   */
  async file(path: string): Promise<{ path: string; sizeBytes: number }> {
    const real = await this.#realPath(path)
    if (!real.startsWith(this.#folder + sep)) throw new EngineError('invalid', `invalid tar header: ${path} is outside of the archive`)
    const stat = await lstat(real)
    // A device node could give away the machine's disk, a pipe would never end.
    if (!stat.isFile()) throw new EngineError('invalid', `invalid tar header: ${path} is not a regular file`)
    return { path: real, sizeBytes: stat.size }
  }

  /** @throws EngineError as {@link file} does */
  async text(path: string): Promise<string> {
    return readFile((await this.file(path)).path, 'utf8')
  }

  /** Like {@link text}; undefined when the archive has no such file. */
  async optionalText(path: string): Promise<string | undefined> {
    return (await readdir(this.#folder)).includes(path) ? this.text(path) : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #realPath(path: string): Promise<string> {
    try {
      return await realpath(join(this.#folder, path))
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw new EngineError('system', `open ${path}: no such file or directory`, { cause: error })
      throw error
    }
  }
}

/** What is wrong with the archive, in Go's words; what is wrong with this machine, such as a full disk, as it is. */
function asDockerSays(error: unknown): unknown {
  const isCutOff = hasCode(error, 'Z_BUF_ERROR') || (error instanceof ToolError && /[Uu]nexpected (EOF|end of (file|input))/.test(error.stderr))
  if (isCutOff) return new EngineError('system', 'unexpected EOF', { cause: error })
  if (error instanceof ToolError || hasCode(error, 'Z_DATA_ERROR', 'ZSTD_error_corruption_detected'))
    return new EngineError('system', 'archive/tar: invalid tar header', { cause: error })
  return error
}

/** Removes the folders of loads that a crash cut off. */
export async function sweepLoads(root: string): Promise<void> {
  for (const name of await readdir(root)) if (name.startsWith(PREFIX)) await rm(join(root, name), { recursive: true, force: true })
}
