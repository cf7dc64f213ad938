import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { CommandLineDeed, CommandLinePart } from '../ipc/contract.ts'
import { Completion, type Shell } from './completion.ts'
import { DockerContext } from './docker-context.ts'
import { Notes } from './notes.ts'
import type { Part } from './part.ts'
import { findOnPath, Program } from './program.ts'
import { SystemSocket } from './system-socket.ts'

export interface CommandLineParts {
  /** Keeps what was changed. */
  readonly notesPath: string
  readonly dockerFolder: string
  readonly systemSocket: string
  /** Where the launcher lies, in a checkout. */
  readonly programFolder: string
  readonly environment: NodeJS.ProcessEnv
  readonly home: string
  readonly socketPath: () => string
}

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish']

/** What this computer's command line knows of the engine: the docker command, the socket where all look, our own command and its completion. */
export class CommandLine {
  readonly #socket: SystemSocket
  readonly #all: readonly Part[]

  constructor({ notesPath, dockerFolder, systemSocket, programFolder, environment, home, socketPath }: CommandLineParts) {
    const notes = new Notes(notesPath)
    const nearby = join(programFolder, 'engineroom')
    const launcher = existsSync(nearby) ? nearby : undefined
    const command = launcher ?? findOnPath('engineroom', environment)
    this.#socket = new SystemSocket({ notes, path: systemSocket, socketPath })
    const shells = command === undefined ? [] : SHELLS.filter((shell) => findOnPath(shell, environment) !== undefined)
    const script = async (shell: Shell) => (await promisify(execFile)(command ?? '', ['completion', shell])).stdout
    this.#all = [
      new DockerContext({ notes, dockerFolder, environment, socketPath }),
      this.#socket,
      new Program({ notes, launcher, environment, home }),
      ...shells.map((shell) => new Completion(shell, { notes, home, environment, script })),
    ]
  }

  look(): Promise<CommandLinePart[]> {
    return Promise.all(this.#all.map((part) => part.look()))
  }

  /** Does what was offered, as it was shown. @returns what there is then @throws Error when it is not as it was shown any more */
  async change(id: CommandLinePart['id'], deed: CommandLineDeed): Promise<CommandLinePart[]> {
    const part = this.#all.find((one) => one.id === id)
    if (!part || (await part.look()).deed !== deed) throw new Error('It is not as it was shown any more. Nothing was changed.')
    await (deed === 'undo' ? part.undo() : part.setUp())
    return this.look()
  }

  /** The window is back: what rested while it was away is set up again. */
  async resume(): Promise<void> {
    await this.#socket.resume()
  }

  /** The window goes. @param isEngineRunning whether somebody still answers behind the link */
  rest(isEngineRunning: boolean): void {
    this.#socket.rest(isEngineRunning)
  }
}
