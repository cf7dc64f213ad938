import { contexts, currentAim, DEFAULT_CONTEXT, putContext, removeContext, selectContext, selectedContext } from '../docker/contexts.ts'
import type { CommandLinePart } from '../ipc/contract.ts'
import type { Notes } from './notes.ts'
import type { Part } from './part.ts'

const NAME = 'engineroom'

export interface ContextParts {
  readonly notes: Notes
  /** Of the docker command. */
  readonly dockerFolder: string
  readonly environment: NodeJS.ProcessEnv
  readonly socketPath: () => string
}

/** `docker` goes to this engine, by a context of that name. @see docker CLI reference, "docker context" */
export class DockerContext implements Part {
  readonly id = 'context'
  readonly #parts: ContextParts

  constructor(parts: ContextParts) {
    this.#parts = parts
  }

  async look(): Promise<CommandLinePart> {
    const { notes, dockerFolder, environment } = this.#parts
    const named = { id: this.id, title: 'docker context' } as const
    const [selected, aim, there] = await Promise.all([selectedContext(dockerFolder), currentAim(dockerFolder, environment), this.#there()])
    const note = notes.get('context')
    const isHere = there?.host === this.#host
    if (selected === NAME && isHere) {
      const isOverruled = aim.host !== this.#host
      const detail = isOverruled ? `It is selected, but ${aim.by} sends docker to ${aim.host}.` : 'docker goes to this engine.'
      return note ? { ...named, state: 'on', detail, deed: 'undo', changes: this.#undoing(note) } : { ...named, state: 'on', detail, changes: [] }
    }
    if (there && !isHere && !note?.isOurs)
      return { ...named, state: 'taken', detail: `A context ${NAME} is there that is not ours: it leads to ${there.host}.`, changes: [] }
    const make = isHere ? [] : [there ? `changes the context ${NAME}, to ${this.#host}` : `makes the context ${NAME}, to ${this.#host}`]
    const changes = [...make, ...(selected === NAME ? [] : [`selects it instead of ${selected}, as docker context use does`])]
    const detail = `docker goes elsewhere, by ${aim.by}: ${aim.host || 'which leads nowhere'}.`
    return note ? { ...named, state: 'broken', detail, deed: 'repair', changes } : { ...named, state: 'off', detail, deed: 'set-up', changes }
  }

  async setUp(): Promise<void> {
    const { notes, dockerFolder } = this.#parts
    const [selected, there] = await Promise.all([selectedContext(dockerFolder), this.#there()])
    const note = notes.get('context')
    // Of a repair the former one is that of the first time, unless a person has chosen another one since.
    const former = selected === NAME ? (note?.former ?? DEFAULT_CONTEXT) : selected
    notes.put('context', { host: this.#host, former, isOurs: note?.isOurs ?? there === undefined })
    if (there?.host !== this.#host) await putContext(dockerFolder, NAME, this.#host, 'Engineroom')
    await selectContext(dockerFolder, NAME)
  }

  async undo(): Promise<void> {
    const { notes, dockerFolder } = this.#parts
    const note = notes.get('context')
    if (!note) return
    const known = [DEFAULT_CONTEXT, ...(await contexts(dockerFolder)).map(({ name }) => name)]
    if ((await selectedContext(dockerFolder)) === NAME) await selectContext(dockerFolder, known.includes(note.former) ? note.former : DEFAULT_CONTEXT)
    if (note.isOurs) await removeContext(dockerFolder, NAME)
    notes.put('context', undefined)
  }

  #undoing({ former, isOurs }: { readonly former: string; readonly isOurs: boolean }): string[] {
    return [`selects ${former} again`, ...(isOurs ? [`removes the context ${NAME}`] : [])]
  }

  async #there() {
    return (await contexts(this.#parts.dockerFolder)).find(({ name }) => name === NAME)
  }

  get #host(): string {
    return `unix://${this.#parts.socketPath()}`
  }
}
