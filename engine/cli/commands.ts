import type { CliCommand } from './command/command.ts'
import type { HelpRow } from './command/help.ts'
import type { Session } from './session.ts'

/** A module with one command; loaded only when it is the one that was typed. */
interface CommandModule {
  command(session: Session): CliCommand
}

interface Entry {
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

/** The commands that most people type most. */
const COMMON: Readonly<Record<string, Entry>> = {
  run: { summary: 'Create and run a new container from an image', load: () => import('./container/run.ts') },
  exec: { summary: 'Execute a command in a running container', load: () => import('./container/exec.ts') },
  ps: { summary: 'List containers', load: () => import('./container/ps.ts') },
  pull: { summary: 'Download an image from a registry', load: () => import('./image/pull.ts') },
  images: { summary: 'List images', load: () => import('./image/images.ts') },
  version: { summary: 'Show the Engineroom version information', load: () => import('./system/version.ts') },
  info: { summary: 'Display system-wide information', load: () => import('./system/info.ts') },
}

const OTHERS: Readonly<Record<string, Entry>> = {
  attach: { summary: 'Attach local standard input, output, and error streams to a running container', load: () => import('./container/attach.ts') },
  certs: { summary: 'Make certificates for TLS: an authority, one for the daemon, one for a client', load: () => import('./system/certs.ts') },
  completion: { summary: 'Print what a shell needs to complete commands, flags and names', load: () => import('./system/completion.ts') },
  debug: { summary: 'Open a shell with tools of our own in a running container, whose image needs none', load: () => import('./container/debug.ts') },
  doctor: { summary: 'Look for what is wrong with the engine and the way to it, and say what helps', load: () => import('./system/doctor.ts') },
  events: { summary: 'Get real time events from the server', load: () => import('./system/events.ts') },
  inspect: { summary: 'Return low-level information on containers, images, networks and volumes', load: () => import('./system/inspect.ts') },
  kill: { summary: 'Kill one or more running containers', load: () => import('./container/kill.ts') },
  load: { summary: 'Load an image from a tar archive or STDIN', load: () => import('./image/load.ts') },
  logs: { summary: 'Fetch the logs of a container', load: () => import('./container/logs.ts') },
  rm: { summary: 'Remove one or more containers', load: () => import('./container/rm.ts') },
  rmi: { summary: 'Remove one or more images', load: () => import('./image/rmi.ts') },
  search: { summary: 'Search Docker Hub for images', load: () => import('./image/search.ts') },
  start: { summary: 'Start one or more stopped containers', load: () => import('./container/start.ts') },
  stop: { summary: 'Stop one or more running containers', load: () => import('./container/stop.ts') },
  tap: { summary: 'Show what passes between clients and an engine: a socket in front of its own', load: () => import('./system/tap.ts') },
}

const NETWORK_LS: Entry = { summary: 'List networks', load: () => import('./network/ls.ts') }
const NETWORK_RM: Entry = { summary: 'Remove one or more networks', load: () => import('./network/rm.ts') }
const VOLUME_LS: Entry = { summary: 'List volumes', load: () => import('./volume/ls.ts') }
const VOLUME_RM: Entry = { summary: 'Remove one or more volumes', load: () => import('./volume/rm.ts') }

/** `container ls` and the like: docker's longer names for the same commands, by the short one; and commands that have no short one. */
const GROUPS: Readonly<Record<string, { readonly summary: string; readonly commands: Readonly<Record<string, string | Entry>> }>> = {
  container: {
    summary: 'Manage containers',
    commands: {
      attach: 'attach',
      exec: 'exec',
      kill: 'kill',
      logs: 'logs',
      ls: 'ps',
      list: 'ps',
      ps: 'ps',
      rm: 'rm',
      remove: 'rm',
      run: 'run',
      start: 'start',
      stop: 'stop',
    },
  },
  data: {
    summary: 'Manage the data directory: images, containers and volumes on disk',
    commands: {
      move: { summary: 'Move the data directory to another place', load: () => import('./data/move.ts') },
      prune: { summary: 'Show what nobody needs in the data directory, and remove it when told so', load: () => import('./data/prune.ts') },
      usage: { summary: 'Show what takes space in the data directory', load: () => import('./data/usage.ts') },
    },
  },
  image: { summary: 'Manage images', commands: { load: 'load', ls: 'images', list: 'images', pull: 'pull', rm: 'rmi', remove: 'rmi' } },
  network: {
    summary: 'Manage networks',
    commands: {
      connect: { summary: 'Connect a container to a network', load: () => import('./network/connect.ts') },
      create: { summary: 'Create a network', load: () => import('./network/create.ts') },
      disconnect: { summary: 'Disconnect a container from a network', load: () => import('./network/disconnect.ts') },
      inspect: { summary: 'Display detailed information on one or more networks', load: () => import('./network/inspect.ts') },
      ls: NETWORK_LS,
      list: NETWORK_LS,
      prune: { summary: 'Remove all unused networks', load: () => import('./network/prune.ts') },
      rm: NETWORK_RM,
      remove: NETWORK_RM,
    },
  },
  registry: {
    summary: 'Run a registry of your own',
    commands: {
      gc: { summary: 'Remove what no image of a registry needs any more, also while it runs', load: () => import('./registry/gc.ts') },
      image: { summary: 'Build an image of the registry, to run it in a container', load: () => import('./registry/image.ts') },
      local: { summary: "Run the engine's own registry, or end it", load: () => import('./registry/local.ts') },
      serve: { summary: 'Run a registry for images', load: () => import('./registry/serve.ts') },
    },
  },
  system: {
    summary: 'Manage Engineroom',
    commands: {
      df: { summary: 'Show disk usage by images, containers and volumes', load: () => import('./system/df.ts') },
      events: 'events',
      info: 'info',
      prune: { summary: 'Remove unused data', load: () => import('./system/prune.ts') },
    },
  },
  volume: {
    summary: 'Manage volumes',
    commands: {
      create: { summary: 'Create a volume', load: () => import('./volume/create.ts') },
      inspect: { summary: 'Display detailed information on one or more volumes', load: () => import('./volume/inspect.ts') },
      ls: VOLUME_LS,
      list: VOLUME_LS,
      prune: { summary: 'Remove unused local volumes', load: () => import('./volume/prune.ts') },
      rm: VOLUME_RM,
      remove: VOLUME_RM,
      update: { summary: 'Update a volume (cluster volumes only)', load: () => import('./volume/update.ts') },
    },
  },
} // prettier-ignore

/** What the launcher starts itself; the client only tells about them. */
const PROGRAMS: readonly HelpRow[] = [
  ['daemon', 'Run the container engine'],
  ['desktop', 'Open the window'],
  ['vm', 'Run the engine in a virtual machine of its own'],
]

/** The command that the words ask for, and the arguments that are left for it. */
export interface FoundCommand {
  readonly load: () => Promise<CommandModule>
  readonly rest: readonly string[]
}

/** @returns undefined when there is no such command */
export function findCommand(words: readonly string[]): FoundCommand | undefined {
  const [first = '', second = ''] = words
  const group = Object.hasOwn(GROUPS, first) ? GROUPS[first] : undefined
  const entry = entryOf(group ? (group.commands[second] ?? '') : first)
  return entry && { load: entry.load, rest: words.slice(group ? 2 : 1) }
}

function entryOf(name: string | Entry): Entry | undefined {
  if (typeof name !== 'string') return name
  if (Object.hasOwn(COMMON, name)) return COMMON[name]
  return Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined
}

/** Every command once, by the words it is typed with. */
export function everyCommand(): readonly { readonly words: string; readonly load: () => Promise<CommandModule> }[] {
  const found = new Map<Entry, string>(Object.entries({ ...COMMON, ...OTHERS }).map(([name, entry]) => [entry, name]))
  for (const [group, { commands }] of Object.entries(GROUPS)) {
    // `list` stands after `ls`, `remove` after `rm`.
    for (const [name, target] of Object.entries(commands)) if (typeof target !== 'string' && !found.has(target)) found.set(target, `${group} ${name}`)
  }
  return [...found].map(([{ load }, words]) => ({ words, load }))
}

/** The lists for `engineroom --help`. */
export function commandLists(): Readonly<Record<string, readonly HelpRow[]>> {
  const rowsOf = (entries: Readonly<Record<string, { readonly summary: string }>>): HelpRow[] =>
    Object.entries(entries).map(([name, { summary }]) => [name, summary])
  return { 'Common Commands': rowsOf(COMMON), Programs: PROGRAMS, 'Management Commands': rowsOf(GROUPS), Commands: rowsOf(OTHERS) }
}

export function groupRows(name: string): readonly HelpRow[] | undefined {
  const group = Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined
  return group && Object.entries(group.commands).map(([typed, target]) => [typed, entryOf(target)?.summary ?? ''])
}
