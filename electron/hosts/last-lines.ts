import { readFileSync } from 'node:fs'
import { codeOf } from '../errors.ts'

const LAST_LINES = 5

/** The last words in the log of a program that we started; none when somebody tidied it up. */
export function lastLinesOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(-LAST_LINES).join('\n')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  }
}
