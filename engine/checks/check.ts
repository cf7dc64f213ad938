/** What the engine needs of this machine, whether it has it, and what to do where it has not. */
export interface Check {
  readonly id: string
  readonly title: string
  /** `warn`: the engine works, and something will not; `fail`: something does not work now. */
  readonly state: 'ok' | 'warn' | 'fail'
  /** What was found, in a sentence. */
  readonly detail: string
  /** What to do about it, in a sentence; empty when all is well. */
  readonly fix: string
  /** That, as a line for a shell on the engine's machine, where it is one. */
  readonly command?: string
}

type Finding = Omit<Check, 'id' | 'title'>

export function fine(detail: string): Finding {
  return { state: 'ok', detail, fix: '' }
}
