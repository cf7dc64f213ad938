import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { quote, type ScriptOutcome, ToolShells } from './tool-shell.ts'

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
  /** Lines for the tool's standard input, which is then closed; a last line break may be missing. No NUL bytes. */
  readonly input?: string
  readonly cwd?: string
}

const shells = new ToolShells()

/**
 * Runs a tool to its end and returns what it wrote to standard output.
 * @throws ToolError when it cannot be started, fails, or is killed
 */
export async function run(tool: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const command = [tool, ...args]
  const program = programOf(tool)
  if (program === undefined) throw new ToolError(command, { exitCode: null, signal: null, stderr: `${tool}: no such program (ENOENT)` })
  const { exitCode, stdout, stderr } = await shells.run(scriptFor([program, ...args], options)).catch((cause: unknown) => {
    throw new ToolError(command, { exitCode: null, signal: null, stderr: String(cause), cause })
  })
  if (exitCode === 0) return stdout
  throw new ToolError(command, exitCode > 128 ? { exitCode: null, signal: signalName(exitCode - 128), stderr } : { exitCode, signal: null, stderr })
}

/** Runs a script of the shell, for those who need more than one command or other files than the standard ones. */
export function runScript(script: string): Promise<ScriptOutcome> {
  return shells.run(script)
}

/** Ends the shells that wait for tools to run: another program in place of this process would not know of them. */
export function endToolShells(): Promise<void> {
  return shells.close()
}

function scriptFor(command: readonly string[], { input, cwd }: RunOptions): string {
  const script = `${cwd === undefined ? '' : `cd ${quote(cwd)} && `}exec ${quote(...command)}`
  if (input === undefined) return script
  // A line that no input holds by chance ends it.
  const end = randomUUID()
  return `${script} <<'${end}'\n${input}${input.endsWith('\n') ? '' : '\n'}${end}`
}

/** Where a tool is; undefined when it is not on this machine. */
function programOf(tool: string): string | undefined {
  const candidates = tool.includes('/') ? [tool] : (process.env.PATH ?? '').split(':').map((folder) => join(folder, tool))
  return candidates.find((path) => existsSync(path))
}

function signalName(number: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
  return (found ?? `signal ${number}`) as NodeJS.Signals
}
