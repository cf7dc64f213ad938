import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { hasCode } from '../errors.ts'
import { run, ToolError } from './run.ts'

/**
 * Tells the file system that what lies in the subfolders of a folder has nothing to do with each other. ext4 puts each of
 * them elsewhere, then; otherwise all lie in one group of inodes, where it looks at every one that was removed in the last
 * minute whenever a file is made: after some thousands, that is a millisecond for each file.
 * @param note a file that says which folders have been told: one that was copied has lost it, and is another one
 * @returns false on a file system that has no such hint, or without chattr(1)
 * @see chattr(1), "T"; docs/decisions/0026-layers-apart.md
 */
export async function spreadSubfolders(folders: readonly string[], note: string): Promise<boolean> {
  try {
    const told = `${folders.map((folder) => statSync(folder).ino).join(' ')}\n`
    if (textOf(note) === told) return true
    await run('chattr', ['+T', ...folders])
    writeFileSync(note, told)
    return true
  } catch (error) {
    if (error instanceof ToolError || hasCode(error, 'ENOENT')) return false
    throw error
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
