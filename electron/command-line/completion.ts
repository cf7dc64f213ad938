import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CommandLinePart } from '../ipc/contract.ts'
import { writePersonsFile } from '../persons-file.ts'
import type { Notes } from './notes.ts'
import type { Part } from './part.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

export interface CompletionParts {
  readonly notes: Notes
  readonly home: string
  readonly environment: NodeJS.ProcessEnv
  /** What `engineroom completion SHELL` prints. */
  readonly script: (shell: Shell) => Promise<string>
}

/** The first words of each script; who has them has it from us. */
const MARK = '# engineroom for '
/** Where a package of ours puts them, for everybody. */
const OF_PACKAGE: Readonly<Record<Shell, string>> = {
  bash: '/usr/share/bash-completion/completions/engineroom',
  zsh: '/usr/share/zsh/vendor-completions/_engineroom',
  fish: '/usr/share/fish/vendor_completions.d/engineroom.fish',
}

/** Tab completes engineroom's commands in one of the shells. bash and fish read a folder of one's own; zsh reads what its .zshrc says. */
export class Completion implements Part {
  readonly id: Shell
  readonly #parts: CompletionParts

  constructor(shell: Shell, parts: CompletionParts) {
    this.id = shell
    this.#parts = parts
  }

  async look(): Promise<CommandLinePart> {
    const named = { id: this.id, title: `Completion in ${this.id}` } as const
    const note = this.#parts.notes.get(this.id)
    const { file, startFile } = this.#places()
    if (!note && existsSync(OF_PACKAGE[this.id])) return { ...named, state: 'on', detail: `A package has it: ${OF_PACKAGE[this.id]}.`, changes: [] }
    const text = textOf(file)
    if (text !== '' && !text.includes(MARK)) return { ...named, state: 'taken', detail: `${file} is not ours, and is left as it is.`, changes: [] }
    const isThere = text !== '' && (startFile === undefined || textOf(startFile).includes(this.#line))
    if (isThere && note) {
      const changes = [`removes ${file}`, ...(startFile === undefined ? [] : [`removes our line from ${startFile}`])]
      return { ...named, state: 'on', detail: `Tab completes: ${file}.`, deed: 'undo', changes }
    }
    if (isThere) return { ...named, state: 'on', detail: `${file} is there; this window did not make it.`, changes: [] }
    const changes = [`writes ${file}`, ...(startFile === undefined ? [] : [`adds a line to ${startFile}: ${this.#line}`])]
    return note
      ? { ...named, state: 'broken', detail: 'Somebody has taken part of it away.', deed: 'repair', changes }
      : { ...named, state: 'off', detail: `Tab does not know engineroom’s commands. ${NEEDS[this.id]}`.trim(), deed: 'set-up', changes }
  }

  async setUp(): Promise<void> {
    const { file, startFile } = this.#places()
    const script = await this.#parts.script(this.id)
    this.#parts.notes.put(this.id, { file, ...(startFile !== undefined && { startFile }) })
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, script)
    if (startFile === undefined) return
    const before = textOf(startFile)
    if (!before.includes(this.#line)) appendFileSync(startFile, `${before === '' || before.endsWith('\n') ? '' : '\n'}${this.#line}\n`)
  }

  async undo(): Promise<void> {
    const note = this.#parts.notes.get(this.id)
    if (!note) return
    const { file, startFile } = note
    if (textOf(file).includes(MARK)) rmSync(file)
    if (startFile !== undefined && textOf(startFile).includes(this.#line))
      await writePersonsFile(startFile, textOf(startFile).replace(`${this.#line}\n`, ''), 0o644)
    this.#parts.notes.put(this.id, undefined)
  }

  #places(): { readonly file: string; readonly startFile?: string } {
    const { home, environment } = this.#parts
    const data = environment.XDG_DATA_HOME || join(home, '.local/share')
    switch (this.id) {
      case 'bash':
        return { file: join(data, 'bash-completion/completions/engineroom') }
      case 'fish':
        return { file: join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'fish/completions/engineroom.fish') }
      case 'zsh':
        return { file: join(data, 'engineroom/_engineroom'), startFile: join(environment.ZDOTDIR || home, '.zshrc') }
    }
  }

  /** compdef is there once compinit has run. */
  get #line(): string {
    return `autoload -Uz compinit && compinit; source '${this.#places().file}' # engineroom`
  }
}

const NEEDS: Readonly<Record<Shell, string>> = { bash: 'It is read where the package bash-completion is.', zsh: '', fish: '' }

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
