import { link } from 'node:fs/promises'
import { hasCode } from '../errors.ts'

/**
 * Gives a file a second name.
 * @returns `taken` when there is something of that name; `impossible` when there is no such file, or it cannot have that name: on
 * another file system, on one without hard links, or with as many as it can have
 * @see link(2)
 */
export async function linkIfPossible(source: string, target: string): Promise<'made' | 'taken' | 'impossible'> {
  try {
    await link(source, target)
    return 'made'
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return 'taken'
    if (hasCode(error, 'ENOENT', 'EXDEV', 'EPERM', 'EMLINK')) return 'impossible'
    throw error
  }
}
