import { accessSync, constants, existsSync, mkdirSync, realpathSync, symlinkSync, unlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { CommandLinePart } from '../ipc/contract.ts'
import { linkAt, thingAt } from './link.ts'
import type { Notes } from './notes.ts'
import type { Part } from './part.ts'

const NAME = 'engineroom'
const SYSTEM_FOLDER = '/usr/local/bin'

export interface ProgramParts {
  readonly notes: Notes
  /** The program that came with this window; undefined where it came without. */
  readonly launcher: string | undefined
  readonly environment: NodeJS.ProcessEnv
  readonly home: string
}

/** `engineroom` can be typed anywhere, by a link in a folder of the PATH. */
export class Program implements Part {
  readonly id = 'program'
  readonly #parts: ProgramParts

  constructor(parts: ProgramParts) {
    this.#parts = parts
  }

  async look(): Promise<CommandLinePart> {
    const { notes, launcher } = this.#parts
    const named = { id: this.id, title: `${NAME} command` } as const
    const note = notes.get('program')
    const found = findOnPath(NAME, this.#parts.environment)
    const path = note?.path ?? found ?? join(this.#folder, NAME)
    if (launcher === undefined)
      return {
        ...named,
        ...(found ? { state: 'on', detail: `It is ${found}.` } : { state: 'taken', detail: 'It did not come with this window.' }),
        changes: [],
      }
    if (existsSync(path) && realpathSync(path) === realpathSync(launcher)) {
      const detail = this.#isOnPath(path)
        ? `It can be typed anywhere: ${path}.`
        : `It is ${path}, which is not in your PATH: most shells look there from your next login on.`
      return note ? { ...named, state: 'on', detail, deed: 'undo', changes: [`removes the link ${path}`] } : { ...named, state: 'on', detail, changes: [] }
    }
    if (thingAt(path) && !(note && linkAt(path) === note.target))
      return { ...named, state: 'taken', detail: `${path} is another program of that name, and is left as it is.`, changes: [] }
    const changes = [`makes ${path} a link to ${launcher}`]
    return note
      ? { ...named, state: 'broken', detail: `${path} does not lead to this program any more.`, deed: 'repair', changes }
      : { ...named, state: 'off', detail: 'It is in no folder of your PATH.', deed: 'set-up', changes }
  }

  async setUp(): Promise<void> {
    const { notes, launcher } = this.#parts
    if (launcher === undefined) throw new Error('This window came without the engineroom command.')
    const note = notes.get('program')
    const path = note?.path ?? join(this.#folder, NAME)
    const isOurOld = note !== undefined && linkAt(path) === note.target
    notes.put('program', { path, target: launcher })
    mkdirSync(dirname(path), { recursive: true })
    if (isOurOld) unlinkSync(path)
    // It fails where something of that name is there.
    symlinkSync(launcher, path)
  }

  async undo(): Promise<void> {
    const note = this.#parts.notes.get('program')
    if (note && linkAt(note.path) === note.target) unlinkSync(note.path)
    this.#parts.notes.put('program', undefined)
  }

  /** For everybody where that is in the PATH and we may, else for this person alone. */
  get #folder(): string {
    return this.#isOnPath(join(SYSTEM_FOLDER, NAME)) && isWritable(SYSTEM_FOLDER) ? SYSTEM_FOLDER : join(this.#parts.home, '.local/bin')
  }

  #isOnPath(path: string): boolean {
    return foldersOf(this.#parts.environment).includes(dirname(path))
  }
}

/** Where a shell would find a program. */
export function findOnPath(program: string, environment: NodeJS.ProcessEnv): string | undefined {
  return foldersOf(environment)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path))
}

function foldersOf(environment: NodeJS.ProcessEnv): string[] {
  return (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
