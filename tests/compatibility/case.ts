import type { Engine } from './engine.ts'

/** One line of docs/compatibility.md: the same question to both engines. */
export interface Case {
  /** An endpoint (`POST /containers/{id}/start`), or a command with its flag (`docker run --init`). */
  readonly subject: string
  /** What is looked at. */
  readonly name: string
  /** @returns the answer, as one line that is the same each time */
  ask(engine: Engine): Promise<string>
  /** Why ours answers otherwise, where it does. */
  readonly differs?: string
}

export interface Chapter {
  readonly title: string
  readonly cases: readonly Case[]
}

/** Later docker, which ours follows, says it in other words than 20.10. */
export const NEWER_WORDS = 'the words of docker 28'
