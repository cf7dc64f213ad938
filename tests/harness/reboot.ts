import { existsSync } from 'node:fs'
import { readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SIGKILL, sendSignal } from '../../engine/linux/process.ts'
import type { TestDaemon } from './daemon.ts'
import { leaveTheKernel, monitorsOf, mountsBelow, prefixOf } from './leaks.ts'
import { run } from './run.ts'
import { until } from './until.ts'

/**
 * What is left after the power has gone: the data root. Processes, mounts, namespaces, interfaces, control groups and
 * /run were those of the kernel that ran then. The daemon is not running afterwards.
 */
export async function losePower(daemon: TestDaemon): Promise<void> {
  await daemon.stop('SIGKILL')
  await forgetInTheKernel(daemon)
  await rm(daemon.execRoot, { recursive: true })
}

/** Ends what a daemon that does not run has in the kernel, its containers first. */
export async function forgetInTheKernel(daemon: Pick<TestDaemon, 'root' | 'dataRoot' | 'bridge'>): Promise<void> {
  const prefix = prefixOf(daemon.dataRoot)
  // Monitors first: nobody is to note how the containers end.
  for (const { pid } of await monitorsOf(daemon.root)) sendSignal(pid, SIGKILL)
  await until('the monitors to be gone', async () => (await monitorsOf(daemon.root)).length === 0)
  const folders = await controlGroups(prefix)
  for (const folder of folders) for (const pid of await processesIn(folder)) sendSignal(pid, SIGKILL)
  for (const folder of folders) await thaw(folder)
  await until('the containers to be gone', async () => (await Promise.all(folders.map(processesIn))).flat().length === 0)
  for (const folder of folders) await rmdir(folder)
  for (const path of (await mountsBelow(daemon.root)).reverse()) await run('umount', ['--lazy', path])
  for (const name of await names(['netns', 'list'], `er-${prefix}-`)) await run('ip', ['netns', 'delete', name])
  for (const name of await names(['-br', 'link'], `er${prefix}`)) await run('ip', ['link', 'delete', name])
  await leaveTheKernel(daemon.bridge, daemon.dataRoot)
}

/** What is frozen does not die. @see Linux kernel documentation, cgroup-v1/freezer-subsystem and cgroup-v2 */
async function thaw(folder: string): Promise<void> {
  for (const [file, value] of [
    ['freezer.state', 'THAWED'],
    ['cgroup.freeze', '0'],
  ] as const) {
    if (existsSync(join(folder, file))) await writeFile(join(folder, file), value)
  }
}

/** The innermost first. */
async function controlGroups(prefix: string): Promise<string[]> {
  const { stdout } = await run('find', ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/engineroom/${prefix}*`])
  return stdout.split('\n').filter((line) => line !== '')
}

async function processesIn(folder: string): Promise<number[]> {
  return (await readFile(join(folder, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean).map(Number)
}

async function names(args: readonly string[], beginning: string): Promise<string[]> {
  const { stdout } = await run('ip', args)
  return stdout
    .split('\n')
    .map((line) => line.split(/[ @]/, 1)[0] ?? '')
    .filter((name) => name.startsWith(beginning))
}
