import { mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from '../errors.ts'
import { syncFolder } from '../linux/sync.ts'

/** Whole or not at all. @param model the file whose rights it gets, where that is there */
export async function writeWhole(path: string, text: string, model = path): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const mode = await stat(model).then(
    (found) => found.mode & 0o777,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return 0o644
      throw error
    },
  )
  const file = await open(`${path}.new`, 'w', mode)
  try {
    await file.chmod(mode)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(dirname(path))
}
