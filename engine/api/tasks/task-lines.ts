/** More of what a task wrote is not kept: its last part. */
const MAX_OUTPUT_CHARS = 100_000

type Line = Readonly<Record<string, unknown>>

interface KeptLine {
  /** Grows with each line of any task. */
  readonly at: number
  readonly line: Line
  readonly chars: number
}

/**
 * What a task has said, as far as it still matters: of each layer the last line, of everything else the end. Whoever comes later
 * reads these and knows as much as one who was there.
 */
export class TaskLines {
  readonly #ofLayers = new Map<string, KeptLine>()
  #others: KeptLine[] = []
  #otherChars = 0

  /** @param at its place among the lines of all tasks */
  add(line: Line, at: number): void {
    const kept = { at, line, chars: JSON.stringify(line).length }
    if (typeof line.id === 'string' && line.id !== '') {
      this.#ofLayers.set(line.id, kept)
      return
    }
    this.#others.push(kept)
    this.#otherChars += kept.chars
    while (this.#otherChars > MAX_OUTPUT_CHARS && this.#others.length > 1) this.#otherChars -= this.#others.shift()?.chars ?? 0
  }

  /** What came after that place, the layers first: their order is that in which they were first heard of. */
  after(at: number): readonly Line[] {
    return [...this.#ofLayers.values(), ...this.#others].filter((kept) => kept.at > at).map(({ line }) => line)
  }
}
