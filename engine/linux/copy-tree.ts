import { run } from './run.ts'

/** Copies what is in `source` into `target` with owners, modes, times, links and extended attributes. */
export async function copyTree(source: string, target: string): Promise<void> {
  await run('cp', ['-a', '--reflink=auto', `${source}/.`, target])
}
