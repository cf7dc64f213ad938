import { type ChildProcess, spawn } from 'node:child_process'
import { messageOf } from '../../errors.ts'
import type { MachineEnd } from './driver.ts'
import { onLines } from './lines.ts'

/** Of what it complains about, for its end. */
const LAST_LINES = 5

/** Of its console, until somebody listens. */
const FIRST_LINES = 1000

/** A process that is a machine: what it prints is the serial console, its complaints are kept for its end. */
export class MachineProcess {
  readonly ended: Promise<MachineEnd>
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #complaints: string[] = []
  readonly #listeners = new Set<(line: string) => void>()
  readonly #isComplaint: (line: string) => boolean

  /** @param env on top of ours @param isComplaint whether a line on standard error may explain the end */
  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, isComplaint: (line: string) => boolean = () => true) {
    this.#isComplaint = isComplaint
    // A group of its own: Ctrl-C in a terminal is not for the machine.
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: { ...process.env, ...env } })
    const { promise, resolve } = Promise.withResolvers<MachineEnd>()
    this.ended = promise
    let isStarted = true
    this.#child.once('error', (error) => {
      isStarted = false
      resolve({ reason: `${program} could not be started: ${messageOf(error)}.` })
    })
    this.#child.once('close', (code, signal) => {
      if (isStarted) resolve({ reason: [`${program} ended (${signal ?? `exit code ${code}`}).`, ...this.#complaints].join(' ') })
    })
    this.#child.stdin?.on('error', () => undefined) // Nobody reads the console's input any more: its end is told by `close`.
    if (this.#child.stdout) onLines(this.#child.stdout, (line) => this.#tell(line))
    if (this.#child.stderr) onLines(this.#child.stderr, (line) => this.#complain(line))
  }

  /** 0 when it never started. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** @returns what makes it hear no more */
  onLine(listener: (line: string) => void): () => void {
    for (const line of this.#lines.splice(0)) listener(line)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Types a line on the serial console. */
  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }

  terminate(): void {
    this.#child.kill('SIGTERM')
  }

  #tell(line: string): void {
    if (this.#listeners.size === 0 && this.#lines.length < FIRST_LINES) this.#lines.push(line)
    for (const listener of this.#listeners) listener(line)
  }

  #complain(line: string): void {
    if (!this.#isComplaint(line)) return
    this.#complaints.push(line)
    if (this.#complaints.length > LAST_LINES) this.#complaints.shift()
  }
}
