import { realpath, rename, stat, writeFile } from 'node:fs/promises'
import { codeOf } from './errors.ts'

/**
 * Writes a file that is a person's, whole or not at all: where it is a link, what it leads to, and with the rights that it had.
 * @param mode of one that is not there yet
 */
export async function writePersonsFile(named: string, text: string, mode: number): Promise<void> {
  const path = await realpath(named).catch(orIfMissing(named))
  const rights = await stat(path)
    .then((found) => found.mode & 0o777)
    .catch(orIfMissing(mode))
  await writeFile(`${path}.new`, text, { mode: rights })
  await rename(`${path}.new`, path)
}

function orIfMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (codeOf(error) === 'ENOENT') return value
    throw error
  }
}
