import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestDaemon } from './daemon.ts'
import { until } from './until.ts'

/** Where the CLI finds the engine, and keeps its own. */
type Engine = Pick<TestDaemon, 'socketPath' | 'root'>

/** A running docker CLI with somebody at its input. `await using` it: disposal hangs up. */
export class Session implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams
  /** Its exit code. */
  readonly ended: Promise<number>
  #stdout = ''
  #stderr = ''

  constructor(daemon: Engine, command: string, args: readonly string[]) {
    const environment = {
      DOCKER_HOST: `unix://${daemon.socketPath}`,
      DOCKER_CONFIG: join(daemon.root, 'docker-config'),
      DOCKER_CLI_HINTS: 'false',
      TERM: 'xterm',
    }
    this.#child = spawn(command, args, { env: { ...process.env, ...environment } })
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#stdout += chunk
    })
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk
    })
    this.#child.stdin.on('error', () => {}) // The program ended while something was typed.
    this.ended = new Promise((resolve) => this.#child.on('close', (code, signal) => resolve(code ?? (signal ? 128 : 1))))
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the program could not be started')
    return this.#child.pid
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  type(text: string): void {
    this.#child.stdin.write(text)
  }

  endInput(): void {
    this.#child.stdin.end()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits for something to appear in what it prints. */
  async shows(pattern: RegExp, timeoutMs?: number): Promise<void> {
    const isShown = () => {
      this.#goOn()
      return pattern.test(this.#stdout)
    }
    await until(`${pattern} to be printed`, isShown, timeoutMs).catch((error: unknown) => {
      throw new Error(`only this was printed: ${JSON.stringify(this.#stdout)} ${JSON.stringify(this.#stderr)}`, { cause: error })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGHUP')
    this.#child.stdin.destroy()
    this.#goOn()
    await this.ended
  }

  /**
   * Should all that runs on this machine be stopped for a while and continued, `script` stops once more: it follows its
   * child, of which it hears only then, and leaves it to its shell to go on. @see callback_child_sigstop of script(1)
   */
  #goOn(): void {
    this.#child.kill('SIGCONT')
  }
}

/** The docker CLI with pipes, as scripts run it. */
export function client(daemon: Engine, ...args: string[]): Session {
  return new Session(daemon, 'docker', args)
}

/** The docker CLI in a real terminal, which `script` of util-linux makes. @param command for a shell, e.g. `docker run -it busybox` */
export function terminal(daemon: Engine, command: string, { rows, columns } = { rows: 24, columns: 80 }): Session {
  return new Session(daemon, 'script', ['-qefc', `stty rows ${rows} cols ${columns}; exec ${command}`, '/dev/null'])
}
