import type { CommandLinePart } from '../ipc/contract.ts'

/**
 * One thing that the window may change of this computer's command line. It looks before it speaks and before it acts: what a
 * person did meanwhile counts, and what is another's is never taken.
 */
export interface Part {
  readonly id: CommandLinePart['id']
  /** What there is now, and what the one button would do. Changes nothing. */
  look(): Promise<CommandLinePart>
  /** Noted before it is done, so that {@link undo} is right after any end of this process. Also mends what was set up. */
  setUp(): Promise<void>
  /** Takes back what was noted, and nothing else. Idempotent. */
  undo(): Promise<void>
}
