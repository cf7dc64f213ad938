import { parseArgs } from 'node:util'
import { Type } from 'typebox'
import { Check } from 'typebox/value'

/** What the launcher tells the window on its command line. */
export interface DesktopOptions {
  /** `--engine-socket=PATH` */
  readonly engineSocket: string
  /** `--engine-command=JSON`: the program and arguments that start the engine; without it the window starts none. */
  readonly engineCommand: readonly [string, ...string[]] | undefined
}

const Command = Type.Array(Type.String(), { minItems: 1 })

/**
 * Reads our switches out of a command line that also has those of Chromium and Node.
 * @throws Error with what is missing or wrong
 */
export function desktopOptions(args: readonly string[]): DesktopOptions {
  const { values } = parseArgs({ args: [...args], strict: false, options: { 'engine-socket': { type: 'string' }, 'engine-command': { type: 'string' } } })
  const engineSocket = values['engine-socket']
  if (typeof engineSocket !== 'string' || !engineSocket.startsWith('/'))
    throw new Error('The window needs --engine-socket=/PATH, the unix socket of an engine. ./engineroom desktop gives it.')
  return { engineSocket, engineCommand: commandOf(values['engine-command']) }
}

function commandOf(text: unknown): readonly [string, ...string[]] | undefined {
  if (text === undefined) return undefined
  const command: unknown = JSON.parse(String(text))
  if (!Check(Command, command)) throw new Error('--engine-command must be a JSON list of strings: the program, then its arguments.')
  const [file, ...rest] = command
  return file === undefined ? undefined : [file, ...rest]
}
