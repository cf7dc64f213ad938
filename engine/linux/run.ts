import { spawn } from 'node:child_process'

/** A tool that was started and did not succeed: which one, how it ended, and what it said. */
export class ToolError extends Error {
  readonly command: readonly string[]
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string

  constructor(command: readonly string[], outcome: { exitCode: number | null; signal: NodeJS.Signals | null; stderr: string; cause?: unknown }) {
    const how = outcome.signal ? `killed by ${outcome.signal}` : outcome.exitCode === null ? 'could not be started' : `exit code ${outcome.exitCode}`
    super(`${command[0]}: ${outcome.stderr.trim() || how}`, { cause: outcome.cause })
    this.name = 'ToolError'
    this.command = command
    this.exitCode = outcome.exitCode
    this.signal = outcome.signal
    this.stderr = outcome.stderr
  }
}

export interface RunOptions {
  /** Written to the tool's standard input, which is then closed. */
  readonly input?: string | Uint8Array
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
}

/**
 * Runs a short tool to its end and returns what it wrote to standard output.
 * @throws ToolError when it cannot be started, fails, or is killed
 */
export function run(tool: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const command = [tool, ...args]
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(tool, args, {
    cwd: options.cwd,
    env: options.env,
    signal: options.signal,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.on('error', (cause) => reject(new ToolError(command, { exitCode: null, signal: null, stderr: cause.message, cause })))
  child.on('close', (exitCode, signal) => {
    if (exitCode === 0) resolve(Buffer.concat(stdout).toString())
    else reject(new ToolError(command, { exitCode, signal, stderr: Buffer.concat(stderr).toString() }))
  })
  // A tool that dies before it has read its input makes this pipe fail; its exit code says why.
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input)
  return promise
}
