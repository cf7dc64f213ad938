import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

/** The folders of a daemon; from them follows what its things in the kernel are called. */
export interface DaemonFolders {
  readonly root: string
  readonly dataRoot: string
  readonly execRoot: string
}

/**
 * What a daemon without containers should not have: mounts, monitors, network namespaces, interfaces, published ports,
 * cgroups, folders. One line each; other daemons on the machine do not appear.
 */
export async function tracesOf(daemon: DaemonFolders): Promise<string[]> {
  const prefix = prefixOf(daemon.dataRoot)
  const found = await Promise.all([
    tracesInKernel(daemon),
    entriesOf(join(daemon.dataRoot, 'containers')),
    ...['bundles', 'exits', 'sockets', 'runtime'].map((name) => entriesOf(join(daemon.execRoot, prefix, name))),
  ])
  return found.flat().sort()
}

/** The same without its folders, for one that has removed those of its runtime state. */
export async function tracesInKernel(daemon: DaemonFolders): Promise<string[]> {
  const prefix = prefixOf(daemon.dataRoot)
  const found = await Promise.all([
    mountsBelow(daemon.root).then((paths) => paths.map((path) => `mount ${path}`)),
    monitorsOf(daemon.root).then((monitors) => monitors.map(({ command }) => `process ${command}`)),
    publishedPorts(`engineroom-${prefix}`),
    linesOf('netns', 'ip', ['netns', 'list'], new RegExp(`^er-${prefix}-`)),
    linesOf('link', 'ip', ['-br', 'link'], new RegExp(`^er${prefix}`)),
    linesOf('link', 'ip', ['-o', 'link'], new RegExp(`alias engineroom-${prefix}\\b`)),
    linesOf('cgroup', 'find', ['/sys/fs/cgroup', '-mindepth', '3', '-type', 'd', '-path', `*/engineroom/${prefix}/*`], /./),
  ])
  return found.flat().sort()
}

/** What the names of a daemon's things in the kernel carry. */
export function prefixOf(dataRoot: string): string {
  return createHash('sha256').update(dataRoot).digest('hex').slice(0, 4)
}

/**
 * Removes what an engine keeps for its next start, the default bridge and the table: its own, and those of a second one that a test
 * had beside it.
 * @param bridge of the first; the second's has an `x` behind it
 */
export async function leaveTheKernel(bridge: string, dataRoot: string): Promise<void> {
  const bridges = [bridge, `${bridge}x`]
  const tables = new Set([`engineroom-${prefixOf(dataRoot)}`, ...(await tablesOf(bridges))])
  for (const link of bridges) await run('ip', ['link', 'delete', link])
  for (const table of tables) for (const family of ['ip', 'ip6']) await run('nft', ['delete', 'table', family, table])
}

/** The tables of engines that serve one of these bridges, whatever their data roots: data that was elsewhere had another name there. */
async function tablesOf(bridges: readonly string[]): Promise<string[]> {
  const { stdout } = await run('nft', ['list', 'ruleset', 'ip'])
  const tables = stdout.split(/^(?=table )/m).filter((table) => bridges.some((bridge) => table.includes(`"${bridge}"`)))
  return tables.flatMap((table) => /^table ip (engineroom-\S+)/.exec(table)?.[1] ?? [])
}

/** In the order in which they were made. */
export async function mountsBelow(root: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  return lines.map((line) => line.split(' ')[4] ?? '').filter((point) => point.startsWith(`${root}/`))
}

/** What holds the containers of a daemon, and what is about to. */
export async function monitorsOf(root: string): Promise<{ pid: number; command: string }[]> {
  return (await processesOn(root)).filter(({ command }) => /^\S*(conmon|runc|crun) /.test(command))
}

/** The processes that have a path below a folder in their command lines. */
export async function processesOn(root: string): Promise<{ pid: number; command: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  // It is empty for one that ended meanwhile.
  const commandOf = async (pid: number) => ({ pid, command: (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ') })
  return (await Promise.all(pids.map(commandOf))).filter(({ command }) => command.includes(`${root}/`))
}

async function publishedPorts(table: string): Promise<string[]> {
  const tables = await Promise.all(['ip', 'ip6'].map((family) => run('nft', ['list', 'table', family, table])))
  const sets = tables.flatMap(({ stdout }) => [...stdout.matchAll(/elements = \{([^}]*)\}/g)])
  return sets.map(([, elements]) => `nft ${elements?.replace(/\s+/g, ' ').trim()}`)
}

async function linesOf(kind: string, command: string, args: readonly string[], wanted: RegExp): Promise<string[]> {
  const { stdout } = await run(command, args)
  return stdout
    .split('\n')
    .filter((line) => line !== '' && wanted.test(line))
    .map((line) => `${kind} ${line.split(' ')[0]}`)
}

async function entriesOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).map((name) => join(folder, name))
}
