import { run, ToolError } from './run.ts'

/**
 * Tells the file system that what lies in the subfolders of a folder has nothing to do with each other. ext4 puts each of
 * them elsewhere, then; otherwise all lie in one group of inodes, where it looks at every one that was removed in the last
 * minute whenever a file is made: after some thousands, that is a millisecond for each file.
 * @returns false on a file system that has no such hint, or without chattr(1)
 * @see chattr(1), "T"; docs/decisions/0026-layers-apart.md
 */
export async function spreadSubfolders(folders: readonly string[]): Promise<boolean> {
  try {
    await run('chattr', ['+T', ...folders])
    return true
  } catch (error) {
    if (error instanceof ToolError) return false
    throw error
  }
}
