import { run } from './run.ts'

/** Flushes the file system that holds `path`. @see syncfs(2) */
export async function syncFileSystem(path: string): Promise<void> {
  await run('sync', ['--file-system', path])
}
