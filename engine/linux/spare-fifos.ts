import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

/** As many as an exec needs, and once more. */
const KEPT = 6

/** After so long the one who took some has started what it wanted them for, and the processor is free. */
const PAUSE_MS = 100

/**
 * Named pipes, made ahead. Only a program can make one, which takes two or three milliseconds of every start and every exec;
 * moving one that is there takes none.
 * @see mkfifo(1)
 */
export class SpareFifos {
  readonly #folder: string
  #ready: string[] = []
  #next = 1
  #refill: NodeJS.Timeout | undefined

  /** @param folder of its own, on the file system where they will be wanted */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Makes the folder, without those that a daemon before us had ready. */
  async open(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
    await mkdir(this.#folder, { mode: 0o700 })
  }

  /** Puts a pipe at each of the paths, where nothing is yet. Nobody but root can open them. @throws ToolError */
  async place(paths: readonly string[]): Promise<void> {
    const spare = this.#ready.splice(0, paths.length)
    const missing = paths.slice(spare.length)
    this.#refill ??= setTimeout(() => this.#makeMore(), PAUSE_MS).unref()
    await Promise.all([...spare.map((path, i) => rename(path, paths[i] ?? path)), missing.length > 0 ? make(missing) : undefined])
  }

  #makeMore(): void {
    const paths = Array.from({ length: KEPT - this.#ready.length }, () => join(this.#folder, String(this.#next++)))
    make(paths)
      .then(() => this.#ready.push(...paths))
      // Whoever finds none makes its own, and tells its client if that fails, too.
      .catch(() => undefined)
      .finally(() => (this.#refill = undefined))
  }
}

async function make(paths: readonly string[]): Promise<void> {
  await run('mkfifo', ['-m', '600', ...paths])
}
