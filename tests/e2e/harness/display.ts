import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A private X display that nobody looks at. `await using` it. */
export class Display implements AsyncDisposable {
  readonly name: string
  readonly #server: ChildProcess

  /** Starts an X server on a display number that is free. It ends with its first window, also when this process cannot see to it. */
  static async open(): Promise<Display> {
    const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1440x960x24', '-nolisten', 'tcp', '-terminate'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    const pipe = server.stdio[3]
    if (!pipe) throw new Error('Xvfb has no pipe to tell its display by')
    const said = once(pipe, 'data') as Promise<[Buffer]>
    const failed = once(server, 'exit').then(([code]) => {
      throw new Error(`Xvfb ended with code ${code}`)
    })
    failed.catch(() => undefined) // Later it ends because we end it.
    const [number] = await Promise.race([said, failed])
    return new Display(`:${number.toString().trim()}`, server)
  }

  private constructor(name: string, server: ChildProcess) {
    this.name = name
    this.#server = server
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode !== null) return
    const ended = once(this.#server, 'exit')
    this.#server.kill()
    await ended
  }
}
