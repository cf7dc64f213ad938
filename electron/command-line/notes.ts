import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { codeOf } from '../errors.ts'
import { writeWhole } from '../write-whole.ts'

const Completion = Type.Object({ file: Type.String(), startFile: Type.Optional(Type.String()) })

/** What we changed of this computer's command line, and what was there before. */
const NotesSchema = Type.Object({
  context: Type.Optional(Type.Object({ host: Type.String(), former: Type.String(), isOurs: Type.Boolean() })),
  /** `keptAs`: where lies what was there. `isResting`: it is back for as long as neither window nor engine runs. */
  socket: Type.Optional(Type.Object({ target: Type.String(), keptAs: Type.Optional(Type.String()), isResting: Type.Boolean() })),
  program: Type.Optional(Type.Object({ path: Type.String(), target: Type.String() })),
  bash: Type.Optional(Completion),
  zsh: Type.Optional(Completion),
  fish: Type.Optional(Completion),
})
type Known = Static<typeof NotesSchema>

/** They outlive the process: what was noted can be taken back after a kill. */
export class Notes {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  get<K extends keyof Known>(id: K): Known[K] {
    return this.#read()[id]
  }

  put<K extends keyof Known>(id: K, note: Known[K]): void {
    const { [id]: _former, ...others } = this.#read()
    writeWhole(this.#path, `${JSON.stringify({ ...others, ...(note !== undefined && { [id]: note }) }, undefined, 2)}\n`)
  }

  /** @throws Error when they cannot be read: who forgets them could not take anything back */
  #read(): Known {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return {}
      throw error
    }
    const notes: unknown = JSON.parse(text)
    if (!Check(NotesSchema, notes)) throw new Error(`${this.#path} is not as we write it; it says what was changed of the command line.`)
    return notes
  }
}
