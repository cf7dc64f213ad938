import { accessSync, constants, existsSync, realpathSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CommandLinePart } from '../ipc/contract.ts'
import { linkAt, thingAt } from './link.ts'
import type { Notes } from './notes.ts'
import type { Part } from './part.ts'
import { socketHolder } from './socket-holder.ts'

export interface SystemSocketParts {
  readonly notes: Notes
  /** Where programs look that know no other place: /var/run/docker.sock. */
  readonly path: string
  readonly socketPath: () => string
}

/** The engine's socket where every docker client looks first, by a link. What lies there and is dead is kept beside it; what lives is never touched. */
export class SystemSocket implements Part {
  readonly id = 'socket'
  readonly #parts: SystemSocketParts

  constructor(parts: SystemSocketParts) {
    this.#parts = parts
  }

  async look(): Promise<CommandLinePart> {
    const { notes, path } = this.#parts
    const named = { id: this.id, title: path } as const
    const target = this.#parts.socketPath()
    const note = notes.get('socket')
    if (path === target) return { ...named, state: 'on', detail: 'The engine itself listens there.', changes: [] }
    if (this.#leadsHere()) {
      const detail = existsSync(target) ? 'It leads to this engine.' : 'It leads to this engine, which does not run.'
      if (!note) return { ...named, state: 'on', detail: `${detail} This window did not make it.`, changes: [] }
      const back = note.keptAs !== undefined && thingAt(note.keptAs) ? [`puts back what was there, from ${note.keptAs}`] : []
      return this.#where({ ...named, state: 'on', detail, deed: 'undo', changes: [`removes the link ${path}`, ...back] }, `sudo rm ${path}`)
    }
    const isOurOld = note !== undefined && linkAt(path) === note.target
    const holder = isOurOld ? undefined : await this.#holder()
    if (holder !== undefined) return { ...named, state: 'taken', detail: `It is held by ${holder}, and is left to it.`, changes: [] }
    const there = thingAt(path)
    const changes = [...(there && !isOurOld ? [`keeps what is there, which nobody answers at, as ${this.#keptAs}`] : []), `makes ${path} a link to ${target}`]
    const detail = there ? 'Nobody answers there.' : 'There is none: programs that look nowhere else find no engine.'
    return this.#where(
      note ? { ...named, state: 'broken', detail, deed: 'repair', changes } : { ...named, state: 'off', detail, deed: 'set-up', changes },
      `sudo ln -sfn ${target} ${path}`,
    )
  }

  async setUp(): Promise<void> {
    const { notes, path } = this.#parts
    const target = this.#parts.socketPath()
    const note = notes.get('socket')
    const isOurOld = note !== undefined && linkAt(path) === note.target
    const holder = isOurOld ? undefined : await this.#holder()
    if (holder !== undefined) throw new Error(`${path} is held by ${holder}.`)
    const isKept = thingAt(path) !== undefined && !isOurOld
    const keptAs = isKept ? this.#keptAs : note?.keptAs
    notes.put('socket', { target, isResting: false, ...(keptAs !== undefined && { keptAs }) })
    if (isOurOld) unlinkSync(path)
    if (isKept) renameSync(path, this.#keptAs)
    // It fails where a daemon made its socket meanwhile.
    symlinkSync(target, path)
  }

  async undo(): Promise<void> {
    this.#putBack()
    this.#parts.notes.put('socket', undefined)
  }

  /** The window goes. Where no engine answers behind the link, what was there before is there again until the next {@link resume}. */
  rest(isEngineRunning: boolean): void {
    const note = this.#parts.notes.get('socket')
    if (isEngineRunning || !note || note.isResting || note.keptAs === undefined) return
    this.#putBack()
    this.#parts.notes.put('socket', { ...note, isResting: true })
  }

  /** The window is back. @returns whether the link was set up again; not where somebody lives there now */
  async resume(): Promise<boolean> {
    if (!this.#parts.notes.get('socket')?.isResting || (await this.#holder()) !== undefined) return false
    await this.setUp()
    return true
  }

  #putBack(): void {
    const { notes, path } = this.#parts
    const note = notes.get('socket')
    if (!note) return
    if (linkAt(path) === note.target) unlinkSync(path)
    if (note.keptAs !== undefined && thingAt(note.keptAs) && !thingAt(path)) renameSync(note.keptAs, path)
  }

  /** What is no socket is somebody's, too. */
  async #holder(): Promise<string | undefined> {
    const { path } = this.#parts
    const there = thingAt(path)
    if (!there) return undefined
    if (!there.isSocket() && !there.isSymbolicLink()) return 'a file that is no socket'
    return socketHolder(path)
  }

  #leadsHere(): boolean {
    const { path } = this.#parts
    const target = this.#parts.socketPath()
    if (linkAt(path) === target) return true
    return existsSync(path) && existsSync(target) && realpathSync(path) === realpathSync(target)
  }

  /** With the command for a shell instead of the button, where this window may not. */
  #where(part: CommandLinePart, command: string): CommandLinePart {
    try {
      accessSync(dirname(this.#parts.path), constants.W_OK)
      return part
    } catch {
      const { deed: _notOurs, ...said } = part
      return { ...said, detail: `${part.detail} Only root may change that.`, command }
    }
  }

  get #keptAs(): string {
    return `${this.#parts.path}.before-engineroom`
  }
}
