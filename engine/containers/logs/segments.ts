import { link, open, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { hasCode } from '../../errors.ts'

/**
 * The files of a log that is rotated, beside `container.log`, to which conmon writes:
 *
 * - `container.log.<n>`, n = 1, 2, …: every piece of the log, oldest first. The newest is the same file as
 *   `container.log`, so that no byte is ever in a file without a name of its own.
 * - `container.log.<n>.gz`: the same, compressed.
 * - `container.log.tmp`: the file that conmon will rename to `container.log` when it is told to go on with the next.
 */
export class Segments {
  /** What conmon writes to. */
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  plain(number: number): string {
    return `${this.path}.${number}`
  }

  compressed(number: number): string {
    return `${this.path}.${number}.gz`
  }

  /** conmon's own name for it. @see conmon, ctr_logging.c */
  get next(): string {
    return `${this.path}.tmp`
  }

  /** What there is, oldest first. */
  async numbers(): Promise<number[]> {
    const found = (await namesIn(dirname(this.path))).flatMap((name) => numberOf(name, basename(this.path)) ?? [])
    return [...new Set(found)].sort((a, b) => a - b)
  }

  /**
   * The number of the segment that conmon writes to, after giving it a name if it has none yet: a log that was not rotated
   * before, or a file that conmon made because a daemon that was killed had asked for it.
   * @returns 0 when there is no log yet
   */
  async current(): Promise<number> {
    const inode = await inodeOf(this.path)
    const numbers = await this.numbers()
    if (inode === undefined) return numbers.at(-1) ?? 0
    for (const number of numbers.toReversed()) if ((await inodeOf(this.plain(number))) === inode) return number
    const number = (numbers.at(-1) ?? 0) + 1
    await link(this.path, this.plain(number))
    return number
  }

  /** Makes an empty log with its name, for conmon to write to; does nothing when there is one. */
  async create(): Promise<void> {
    await (await open(this.path, 'a', 0o600)).close()
    await this.current()
  }

  /**
   * Makes the file that follows `number`. conmon need not make one itself then, so that a full disk fails here, where nobody
   * is hurt, and not there, where it would end the monitor of a running container. Idempotent.
   */
  async prepareNext(number: number): Promise<void> {
    if ((await inodeOf(this.plain(number + 1))) !== undefined) return
    // Not emptied or removed first: conmon may have been asked for it already, by a daemon that was killed.
    await (await open(this.next, 'a', 0o600)).close()
    await link(this.next, this.plain(number + 1))
  }

  /** Removes what {@link prepareNext} made, when there is no conmon any more that could take it. */
  async abandonNext(number: number): Promise<void> {
    await rm(this.next, { force: true })
    for (const later of (await this.numbers()).filter((one) => one > number)) await rm(this.plain(later), { force: true })
  }

  async remove(number: number): Promise<void> {
    await rm(this.plain(number), { force: true })
    await rm(this.compressed(number), { force: true })
  }
}

/** Undefined when there is no such file. */
export async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

function numberOf(name: string, log: string): number | undefined {
  const digits = name.startsWith(`${log}.`) ? /^(\d+)(?:\.gz)?$/.exec(name.slice(log.length + 1))?.[1] : undefined
  return digits === undefined ? undefined : Number(digits)
}
