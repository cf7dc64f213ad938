import { createInterface } from 'node:readline/promises'
import type { Session } from '../session.ts'

/** Asks in docker's words. @returns true for `y` or `Y` alone; the end of the input says no */
export async function confirm({ input, output }: Pick<Session, 'input' | 'output'>, question: string): Promise<boolean> {
  output.write(`${question} [y/N] `)
  using lines = createInterface({ input })
  for await (const line of lines) return line.trim().toLowerCase() === 'y'
  return false
}
