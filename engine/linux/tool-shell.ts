import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { toolMark } from './unfinished.ts'

/** What a script said, and the exit code as a shell counts it: 128 and more for a signal. */
export interface ScriptOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Words for a POSIX shell that mean themselves, whatever is in them. They may not hold NUL bytes, as no argument can. */
export function quote(...words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
}

/**
 * One small shell that waits for scripts and runs them one after the other.
 *
 * Why: Node starts a program by copying its own page tables (fork), with all its threads held. That takes several
 * milliseconds, more the more memory the daemon has, and stops everything else meanwhile. A shell of half a megabyte
 * forks in a fraction of one.
 */
export class ToolShell {
  readonly #child: ChildProcess
  /** No tool prints this by chance: it ends what a script printed. */
  readonly #nonce = randomBytes(16).toString('hex')
  readonly #streams: readonly [output: Socket, errors: Socket]
  #isDead = false
  #onDeath: () => void = () => {}

  constructor() {
    this.#child = spawn('/bin/sh', [], {
      // 3 and 4 are what scripts print; the shell's own words go nowhere.
      stdio: ['pipe', 'ignore', 'ignore', 'pipe', 'pipe'],
      // Ctrl-C at the daemon's terminal is for the daemon, which then still needs its tools.
      detached: true,
      // Messages are matched, so they have to be in one language.
      env: { PATH: process.env.PATH, LC_ALL: 'C', ...toolMark() },
    })
    const die = () => {
      this.#isDead = true
      this.#onDeath()
    }
    this.#child.once('error', die).once('exit', die)
    this.#child.stdin?.on('error', die)
    this.#streams = [this.#child.stdio[3] as Socket, this.#child.stdio[4] as Socket]
    this.#child.unref()
    for (const stream of this.#streams) stream.unref()
    ;(this.#child.stdin as Socket | null)?.unref()
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /**
   * Runs a script in a subshell whose commands inherit no open file but the three standard ones. One at a time.
   * @throws Error when the shell dies before the script has ended
   */
  async run(script: string): Promise<ScriptOutcome> {
    if (this.#isDead) throw new Error('the shell for tools has ended')
    const death = Promise.withResolvers<never>()
    this.#onDeath = () => death.reject(new Error('the shell for tools ended while it was needed'))
    // Whoever waits for a tool keeps the process; an idle shell does not.
    for (const stream of this.#streams) stream.ref()
    try {
      const [output, errors] = this.#streams
      const said = Promise.all([this.#read(output), this.#read(errors)])
      this.#child.stdin?.write(`( ${script}\n) </dev/null >&3 2>&4 3>&- 4>&-\necho ${this.#nonce} $? >&3; echo ${this.#nonce} >&4\n`)
      const [{ text: stdout, rest }, { text: stderr }] = await Promise.race([said, death.promise])
      return { exitCode: Number(rest), stdout, stderr }
    } finally {
      this.#onDeath = () => {}
      for (const stream of this.#streams) stream.unref()
    }
  }

  /** Lets the shell end. @returns when it has */
  close(): Promise<void> {
    this.#child.ref()
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.#isDead) resolve()
    else this.#child.once('exit', () => resolve())
    this.#child.stdin?.end()
    return promise
  }

  /** What comes before the line with the nonce, and what that line says after it. */
  #read(stream: Socket): Promise<{ text: string; rest: string }> {
    const chunks: Buffer[] = []
    return new Promise((resolve) => {
      const collect = (chunk: Buffer) => {
        chunks.push(chunk)
        if (chunk.at(-1) !== 0x0a) return
        const text = Buffer.concat(chunks).toString()
        const end = text.lastIndexOf(this.#nonce)
        if (end < 0) return
        stream.off('data', collect)
        resolve({ text: text.slice(0, end), rest: text.slice(end + this.#nonce.length).trim() })
      }
      stream.on('data', collect)
    })
  }
}

/** So many shells stay for the next scripts; more are there only while more scripts run at a time. */
const KEPT = 8
/** A tool that hangs takes its shell with it; so many may hang before others have to wait. */
const MOST = 32

/** As many shells as scripts run at a time. */
export class ToolShells {
  readonly #idle: ToolShell[] = []
  readonly #waiting: ((shell: ToolShell) => void)[] = []
  #count = 0

  /** @throws Error when no shell can be started */
  async run(script: string): Promise<ScriptOutcome> {
    const shell = await this.#take()
    try {
      return await shell.run(script)
    } finally {
      this.#giveBack(shell)
    }
  }

  async #take(): Promise<ToolShell> {
    for (let shell = this.#idle.pop(); shell; shell = this.#idle.pop()) {
      if (!shell.isDead) return shell
      this.#count -= 1
    }
    if (this.#count >= MOST) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#count += 1
    return new ToolShell()
  }

  #giveBack(shell: ToolShell): void {
    const next = this.#waiting.shift()
    if (next) return next(shell.isDead ? new ToolShell() : shell)
    if (!shell.isDead && this.#idle.length < KEPT) {
      this.#idle.push(shell)
      return
    }
    void shell.close()
    this.#count -= 1
  }

  /** Ends the shells that wait. @returns when they have ended */
  async close(): Promise<void> {
    const idle = this.#idle.splice(0)
    this.#count -= idle.length
    await Promise.all(idle.map((shell) => shell.close()))
  }
}
