import { humanSize } from '../format/size.ts'
import type { Session } from '../session.ts'

/** Prints what went, below its title; nothing when nothing did. */
export function printDeleted(session: Session, kind: string, names: readonly string[]): void {
  if (names.length > 0) session.print(`Deleted ${kind}:\n${names.join('\n')}\n`)
}

export function printReclaimed(session: Session, bytes: number): void {
  session.print(`Total reclaimed space: ${humanSize(bytes)}`)
}
