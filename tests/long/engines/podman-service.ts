import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SIGKILL, sendSignal } from '../../../engine/linux/process.ts'
import { apiRequest } from '../../harness/api-request.ts'
import { monitorsOf } from '../../harness/leaks.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'

/** Debian's podman with its Docker API on a socket, and a store of its own. `await using` it. */
export class PodmanService implements AsyncDisposable {
  readonly socketPath: string
  readonly #owned: AsyncDisposableStack

  static async start(): Promise<PodmanService> {
    await using owned = new AsyncDisposableStack()
    const root = await mkdtemp('/tmp/er-podman-')
    owned.defer(() => rm(root, { recursive: true, force: true }))
    const socketPath = join(root, 'podman.sock')
    // vfs: nothing stays mounted.
    const store = ['--root', join(root, 'store'), '--runroot', join(root, 'run'), '--storage-driver', 'vfs']
    const child = spawn('podman', [...store, 'system', 'service', '--time=0', `unix://${socketPath}`], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    ended.catch(() => undefined) // That there is no podman the wait below says.
    owned.defer(async () => {
      if (child.exitCode !== null) return
      child.kill()
      await ended
    })
    owned.defer(async () => {
      // Its containers outlive it, and the monitor of an exec stays for five minutes more, to clean up then what is not there any more.
      await run('podman', [...store, 'rm', '--all', '--force', '--time', '0'])
      for (const { pid } of await monitorsOf(root)) sendSignal(pid, SIGKILL)
    })
    await until('podman to answer', async () => (await apiRequest(socketPath, 'GET', '/_ping')).status === 200, 60_000)
    return new PodmanService(socketPath, owned.move())
  }

  private constructor(socketPath: string, owned: AsyncDisposableStack) {
    this.socketPath = socketPath
    this.#owned = owned
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync()
  }
}
