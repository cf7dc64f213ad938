import { spawn } from 'node:child_process'

/** What a finished program said. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string | Buffer
  /** Kills the program after this long; its code is then 124. */
  readonly timeoutMs?: number
  readonly cwd?: string
}

/** Runs a program to its end, whatever its exit code. */
export function run(command: string, args: readonly string[], { env, input, timeoutMs = 60_000, cwd }: RunOptions = {}): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'], cwd })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, timeoutMs)
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.on('error', reject)
  child.stdin.on('error', () => {}) // A program may end without reading all of it.
  child.stdin.end(input ?? '')
  child.on('close', (code, signal) => {
    clearTimeout(timer)
    const late = isLate ? `\n(killed by the test after ${timeoutMs} ms)` : ''
    resolve({ code: isLate ? 124 : (code ?? (signal ? 128 : 1)), stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() + late })
  })
  return promise
}
