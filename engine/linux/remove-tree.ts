import { rm } from 'node:fs/promises'
import { hasCode } from '../errors.ts'
import { run } from './run.ts'

/**
 * Removes a folder with all that is in it; one that is not there is no error. Whatever a layer or a container has nested: names that
 * are longer, from the root on, than the kernel takes at a time are left to rm(1), which goes down one folder at a time.
 * @see path_resolution(7), PATH_MAX
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    if (!hasCode(error, 'ENAMETOOLONG')) throw error
    await run('rm', ['-rf', '--one-file-system', '--', path])
  }
}
