import { parseArgs } from 'node:util'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { SYSTEM_SOCKET } from './docker/contexts.ts'
import { type OwnHostKind, OwnHostKindSchema } from './ipc/contract.ts'

/** What the launcher tells the window on its command line. */
export interface DesktopOptions {
  /** `--engine-socket=PATH` */
  readonly engineSocket: string
  /** `--engine-command=JSON`: the program and arguments that start the engine; without it the window starts none. */
  readonly engineCommand: readonly [string, ...string[]] | undefined
  /** `--vm=NAME` and `--vm-command=JSON`: the virtual machine that may have the engine instead, and how `engineroom vm` is run. */
  readonly vm: { readonly name: string; readonly command: readonly [string, ...string[]] } | undefined
  /** `--engine-host=native|vm`: where to look for it now; without, where the person chose. */
  readonly engineHost: OwnHostKind | undefined
  /** `--first-engine-host=native|vm`: where to look until a person has chosen. */
  readonly firstEngineHost: OwnHostKind | undefined
  /** `--system-socket=PATH`: where programs look that know no other place; the docker command's default unless said. */
  readonly systemSocket: string
  /** `--in-tray`: without a window, until one is asked for. */
  readonly inTray: boolean
}

const OPTIONS = {
  'engine-socket': { type: 'string' },
  'engine-command': { type: 'string' },
  vm: { type: 'string' },
  'vm-command': { type: 'string' },
  'engine-host': { type: 'string' },
  'first-engine-host': { type: 'string' },
  'system-socket': { type: 'string' },
  'in-tray': { type: 'boolean' },
} as const

const Command = Type.Array(Type.String(), { minItems: 1 })

/**
 * Reads our switches out of a command line that also has those of Chromium and Node.
 * @throws Error with what is missing or wrong
 */
export function desktopOptions(args: readonly string[]): DesktopOptions {
  const { values } = parseArgs({ args: [...args], strict: false, options: OPTIONS })
  const engineSocket = values['engine-socket']
  if (typeof engineSocket !== 'string' || !/^(\/|\\\\\.\\pipe\\)/.test(engineSocket))
    throw new Error('The window needs --engine-socket=/PATH, the unix socket of an engine. ./engineroom desktop gives it.')
  const vmCommand = commandOf(values['vm-command'], 'vm-command')
  return {
    engineSocket,
    engineCommand: commandOf(values['engine-command'], 'engine-command'),
    vm: typeof values.vm === 'string' && vmCommand ? { name: values.vm, command: vmCommand } : undefined,
    engineHost: hostOf(values['engine-host'], 'engine-host'),
    firstEngineHost: hostOf(values['first-engine-host'], 'first-engine-host'),
    systemSocket: typeof values['system-socket'] === 'string' ? values['system-socket'] : SYSTEM_SOCKET,
    inTray: values['in-tray'] === true,
  }
}

/** What a second start of the app, whose window is this one, was asked to show. @returns undefined for nothing in particular */
export function engineHostIn(args: readonly string[]): OwnHostKind | undefined {
  const { values } = parseArgs({ args: [...args], strict: false, options: OPTIONS })
  const kind = values['engine-host']
  return Check(OwnHostKindSchema, kind) ? kind : undefined
}

function hostOf(text: unknown, option: string): OwnHostKind | undefined {
  if (text === undefined || Check(OwnHostKindSchema, text)) return text
  throw new Error(`--${option} must be native or vm.`)
}

function commandOf(text: unknown, option: string): readonly [string, ...string[]] | undefined {
  if (text === undefined) return undefined
  const command: unknown = JSON.parse(String(text))
  if (!Check(Command, command)) throw new Error(`--${option} must be a JSON list of strings: the program, then its arguments.`)
  const [file, ...rest] = command
  return file === undefined ? undefined : [file, ...rest]
}
