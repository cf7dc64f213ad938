/** What was looked at, and how it is. */
export interface Finding {
  readonly what: string
  /** What is wrong, in plain words; none when all is well. */
  readonly problem?: string
  /** What a person can do about it. */
  readonly remedy?: string
  /** The program that does it, where that can do no harm. */
  readonly mend?: readonly [string, ...string[]]
}

/** `✓ what`, or `✗ what: problem`, and below it what to do. */
export function findingText({ what, problem, remedy }: Finding): string {
  if (problem === undefined) return `✓ ${what}`
  return `✗ ${what}: ${problem}${remedy === undefined ? '' : `\n    ${remedy.replaceAll('\n', '\n    ')}`}`
}
