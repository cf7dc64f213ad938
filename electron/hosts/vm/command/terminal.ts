/** Where a command talks to: results to one, talk to the other. */
export interface Terminal {
  readonly print: (line: string) => void
  readonly say: (line: string) => void
  /** One line that was typed; undefined when nobody can. */
  readonly ask: (question: string) => Promise<string | undefined>
}
