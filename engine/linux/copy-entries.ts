import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { ToolError } from './run.ts'
import { markOf } from './unfinished.ts'

const PROGRESS_MS = 200

/**
 * Copies entries of a folder into another with all that a file has: owner, mode, times, hard links among them, holes, devices,
 * access lists and every extended attribute, those of overlayfs too. Then flushes the target's file system.
 * @param owner whose tool it is, for {@link endUnfinishedTools} should the caller be killed meanwhile
 * @param onBytes called with the bytes that were written so far, about
 * @throws ToolError with cp's words
 * @see cp(1)
 */
export async function copyEntries(source: string, names: readonly string[], target: string, owner: string, onBytes: (bytes: number) => void): Promise<void> {
  const flags = ['-d', '-R', '--preserve=mode,ownership,timestamps,links,xattr', '--sparse=auto', '--reflink=auto', '--target-directory', target]
  if (names.length > 0) await finished('cp', [...flags, '--', ...names], source, owner, onBytes)
  await finished('sync', ['--file-system', target], source, owner)
}

async function finished(tool: string, args: readonly string[], cwd: string, owner: string, onBytes?: (bytes: number) => void): Promise<void> {
  const child = spawn(tool, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C', ...markOf(owner) } })
  const complaint = text(child.stderr)
  const timer = onBytes && setInterval(() => void writtenBy(child).then(onBytes), PROGRESS_MS)
  try {
    const [exitCode, signal] = await once(child, 'close')
    if (exitCode !== 0) throw new ToolError([tool, ...args], { exitCode, signal, stderr: await complaint })
  } finally {
    clearInterval(timer)
  }
}

/** @see proc(5), "/proc/pid/io": wchar */
async function writtenBy({ pid }: ChildProcess): Promise<number> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '') // It has just ended.
  return Number(/^wchar: (\d+)/m.exec(io)?.[1] ?? 0)
}
