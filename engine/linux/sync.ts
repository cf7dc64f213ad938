import { open } from 'node:fs/promises'
import { run } from './run.ts'

/** Flushes the file system that holds `path`. @see syncfs(2) */
export async function syncFileSystem(path: string): Promise<void> {
  await run('sync', ['--file-system', path])
}

/** Makes a rename in a folder last. @see rename(2), fsync(2) */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
