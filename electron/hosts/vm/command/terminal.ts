/** Where a command talks to: results to one, talk to the other. */
export interface Terminal {
  readonly print: (line: string) => void
  readonly say: (line: string) => void
  /** A line of talk that is written over the one before, where that can be: of something that goes on. Undefined where it cannot. */
  readonly sayOver: ((line: string) => void) | undefined
  /** One line that was typed; undefined when nobody can. */
  readonly ask: (question: string) => Promise<string | undefined>
}
