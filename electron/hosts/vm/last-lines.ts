import { readFile } from 'node:fs/promises'
import { codeOf } from '../../errors.ts'

const LAST_LINES = 5

/** The last words in a log; none when there is no log. */
export async function lastLinesOf(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim().split('\n').slice(-LAST_LINES).join('\n')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  }
}
