import { run } from './run.ts'

export type SpecialFile = { readonly kind: 'fifo' } | { readonly kind: 'block' | 'character'; readonly major: number; readonly minor: number }

const LETTERS = { fifo: 'p', block: 'b', character: 'c' }

/** Makes a pipe or a device node, which must not exist yet. @param mode permissions only @see mknod(1) */
export async function makeSpecialFile(path: string, mode: number, file: SpecialFile): Promise<void> {
  const numbers = file.kind === 'fifo' ? [] : [String(file.major), String(file.minor)]
  await run('mknod', ['-m', mode.toString(8), path, LETTERS[file.kind], ...numbers])
}

/** Copies content, holes and extended attributes (capabilities!) into an existing file; owner and mode stay its own. */
export async function copyIntoFile(source: string, target: string): Promise<void> {
  await run('cp', ['--preserve=xattr', '--sparse=always', source, target])
}
