import { mkdtemp, rm } from 'node:fs/promises'
import { run } from './run.ts'

/** A small disk of its own, in memory. `await using` it. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** @param options of the mount, e.g. `size=12m` @see tmpfs(5) */
  static async mount(options: string): Promise<SmallDisk> {
    const path = await mkdtemp('/tmp/er-disk-')
    await ok('mount', '-t', 'tmpfs', '-o', options, 'er-test', path)
    return new SmallDisk(path)
  }

  /** Leaves no byte free, or as many as told. */
  async fill(freeKiB = 0): Promise<void> {
    await run('sh', ['-c', `cat /dev/zero >${this.path}/ballast 2>/dev/null`])
    if (freeKiB > 0) await ok('truncate', '-s', `-${freeKiB}K`, `${this.path}/ballast`)
  }

  empty(): Promise<void> {
    return rm(`${this.path}/ballast`)
  }

  remountReadOnly(): Promise<void> {
    return ok('mount', '-o', 'remount,ro', this.path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ok('umount', this.path)
    await rm(this.path, { recursive: true })
  }
}

async function ok(command: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await run(command, args)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}
