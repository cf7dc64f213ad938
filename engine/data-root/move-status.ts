/** What a move is at; `current` and `total` are bytes. */
export interface MoveProgress {
  readonly stage: 'stopping' | 'copying' | 'verifying' | 'checking' | 'switching' | 'starting' | 'removing'
  readonly current?: number
  readonly total?: number
}

export type Report = (progress: MoveProgress) => void

export interface MoveOutcome {
  readonly id: string
  readonly from: string
  readonly to: string
  /** Why the data is where it was. */
  readonly failure?: string
}

/** The move of this daemon's data: under way, or how the last one ended, as far as this process knows. */
export class MoveStatus {
  #progress: MoveProgress | undefined
  #outcome: MoveOutcome | undefined
  readonly #listeners = new Set<() => void>()

  get progress(): MoveProgress | undefined {
    return this.#progress
  }

  get outcome(): MoveOutcome | undefined {
    return this.#outcome
  }

  readonly report: Report = (progress) => {
    this.#progress = progress
    this.#changed()
  }

  end(outcome: MoveOutcome): void {
    this.#progress = undefined
    this.#outcome = outcome
    this.#changed()
  }

  /** Whoever asks from now on hears nothing of a move that has ended. */
  forget(): void {
    this.#outcome = undefined
  }

  /** There is no move after all. */
  clear(): void {
    this.#progress = undefined
    this.#changed()
  }

  /** @returns how to leave */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
