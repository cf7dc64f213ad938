import { openFiles } from './open-files.ts'
import { run } from './run.ts'

/** Descriptors of one of the shells that the daemon keeps for its tools: its input, output and errors. @see ToolShell */
export const FILES_OF_SHELL = 3

/** The processes that another has made: how many are shells for its tools, and the rest. */
export async function childrenOf(pid: number): Promise<{ shells: number; others: string[] }> {
  const lines = (await run('ps', ['-o', 'args=', '--ppid', String(pid)])).stdout.split('\n').filter(Boolean)
  const others = lines.filter((line) => line !== '/bin/sh')
  return { shells: lines.length - others.length, others }
}

/** How many files a daemon has open, those of its shells left out: it keeps as many of these as it once needed at a time. */
export async function filesBesidesShells(pid: number): Promise<number> {
  for (;;) {
    const before = await childrenOf(pid)
    const files = await openFiles(pid)
    if ((await childrenOf(pid)).shells === before.shells) return files.length - FILES_OF_SHELL * before.shells
  }
}
