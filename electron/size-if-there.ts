import { stat } from 'node:fs/promises'
import { codeOf } from './errors.ts'

/** How many bytes a file has; undefined when there is none. */
export async function sizeIfThere(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
