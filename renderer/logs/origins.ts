import type { ContainerRow } from '../api/types.ts'

/** How lines of several containers are told apart: by name, and by a colour, which more than six have to share. */
export interface Origin {
  readonly name: string
  /** A class of a colour. */
  readonly colour: string
}

const COLOURS = ['ansi-cyan', 'ansi-magenta', 'ansi-green', 'ansi-yellow', 'ansi-blue', 'ansi-red']

/** Neighbours in the list have different colours; a container keeps its own while others come and go. */
export class Origins {
  readonly #colours = new Map<string, string>()

  of(rows: readonly ContainerRow[]): ReadonlyMap<string, Origin> {
    return new Map(rows.map(({ id, name }) => [id, { name, colour: this.#colourOf(id) }]))
  }

  #colourOf(id: string): string {
    const known = this.#colours.get(id)
    if (known !== undefined) return known
    const colour = COLOURS[this.#colours.size % COLOURS.length] ?? ''
    this.#colours.set(id, colour)
    return colour
  }
}
