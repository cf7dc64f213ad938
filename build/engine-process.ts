import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { fileURLToPath } from 'node:url'

/** The command that starts all of our programs. */
export const LAUNCHER = fileURLToPath(new URL('../engineroom', import.meta.url))

/** Reconciling hundreds of containers takes a while; a daemon that cannot start says so and ends. */
const READY_TIMEOUT_MS = 60_000

/** Whether an engine answers on this socket. */
export function isAnswering(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const request = get({ socketPath, path: '/_ping', timeout: 2000 }, (response) => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  request.on('error', () => resolve(false))
  request.on('timeout', () => request.destroy())
  return promise
}

/** The daemon as a child of ours. */
export class EngineProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /**
   * Starts the daemon and waits until it answers. It has a process group of its own: Ctrl-C in the terminal reaches us
   * alone, and we stop it.
   * @throws Error when it ends or does not answer in time; it has said why on standard error
   */
  static async start(args: readonly string[], socketPath: string): Promise<EngineProcess> {
    const child = spawn(LAUNCHER, ['daemon', ...args], { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
    const engine = new EngineProcess(child)
    const deadline = Date.now() + READY_TIMEOUT_MS
    while (!(await isAnswering(socketPath))) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('the engine did not start: see its message above')
      if (Date.now() > deadline) {
        await engine.stop()
        throw new Error(`the engine does not answer on ${socketPath} after ${READY_TIMEOUT_MS / 1000} s`)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return engine
  }

  /**
   * Takes away what an engine that has stopped left in the kernel; its data stay.
   * @throws Error when something is in the way, which it has said on standard error
   */
  static async leaveHost(args: readonly string[]): Promise<void> {
    const [code] = await once(spawn(LAUNCHER, ['daemon', ...args, '--leave-host'], { stdio: ['ignore', 'inherit', 'inherit'] }), 'exit')
    if (code !== 0) throw new Error('the kernel was not left as it was found: see the message above')
  }

  /** Resolves when the daemon ends by itself. */
  async ended(): Promise<number> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode ?? 1
  }

  /** Containers live on. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.ended()
  }
}

/** Runs one of the client's commands. @returns its exit code and what it printed; its complaints go to our terminal */
export async function engineroom(
  socketPath: string,
  args: readonly string[],
  options: { input?: Buffer; isQuiet?: boolean } = {},
): Promise<{ code: number; stdout: string }> {
  const child = spawn(LAUNCHER, args, {
    env: { ...process.env, DOCKER_HOST: `unix://${socketPath}` },
    stdio: ['pipe', 'pipe', options.isQuiet ? 'ignore' : 'inherit'],
  })
  child.stdin.on('error', () => {}) // A command that fails early does not read its input.
  child.stdin.end(options.input ?? '')
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  const [code] = await once(child, 'close')
  return { code: code ?? 1, stdout }
}
