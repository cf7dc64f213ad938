import { createInterface } from 'node:readline/promises'
import { messageOf } from '../../../errors.ts'
import { PlainError } from '../../plain-error.ts'
import { compact, resize } from './disk.ts'
import { console, logs } from './logs.ts'
import { move } from './move.ts'
import { vmOptions } from './options.ts'
import { type CommandParts, commandParts } from './parts.ts'
import { reset, restart } from './reset.ts'
import { start } from './start.ts'
import { status } from './status.ts'
import { stop } from './stop.ts'
import { suspend } from './suspend.ts'
import type { Terminal } from './terminal.ts'

/** Each is told its options, its VM's folder, and where to talk; its number is our exit code. */
interface Command {
  readonly summary: string
  readonly takesWords?: boolean
  readonly run: (parts: CommandParts) => Promise<number>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  start: { summary: 'Boot the VM; its engine answers on a socket of this computer', run: start },
  stop: { summary: 'Shut the VM down', run: stop },
  suspend: { summary: 'Keep what it has in memory on the disk, and switch it off; start goes on from there', run: suspend },
  restart: { summary: 'Shut it down and boot it again; takes the flags of start', run: restart },
  status: { summary: 'Show whether it runs, and what it spends of this computer', run: status },
  console: { summary: "Show the guest's serial console as it goes on", run: console },
  logs: { summary: "Show what the guest's serial console said since vm start (-f: its last lines, and as it goes on)", run: logs },
  reset: { summary: 'restart | repair (keeps images, containers, volumes) | erase (keeps nothing)', takesWords: true, run: reset },
  resize: { summary: 'Make the data disk larger: --disk SIZE', run: resize },
  move: { summary: 'Move the data disk into another folder of this computer: move DIR', takesWords: true, run: move },
  compact: { summary: 'Give room that the data disk does not need back to this computer', run: compact },
}

const FLAGS = `
      --name NAME     which VM (default "default"); several run side by side
      --cpus N        of start: processors of the guest
      --memory SIZE   of start: memory of the guest, for example 4g
      --disk SIZE     of start and resize: size of the data disk; takes only what is used
      --share DIR     of start: a folder that the guest has at the same path; repeat it for more;
                      "none" for none (default: your home)
      --host-network, --no-host-network
                      of start: whether containers with --network host have this computer's localhost (default: no)
      --http-proxy URL, --https-proxy URL, --no-proxy LIST
                      of start: in place of what the environment says, or "none"; also while it runs
      --assets DIR    of start: the folder that vm build made
      --driver NAME   of start: qemu, or fake for tests
      --json          of status: one object
  -y, --yes           of reset erase: do not ask`

function help(): string {
  const rows = Object.entries({ build: { summary: 'Make what the VM boots from' }, ...COMMANDS }).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  return [
    'Usage:  engineroom vm COMMAND [OPTIONS]',
    '',
    'A virtual machine of your own with an engine in it.',
    '',
    'Commands:',
    ...rows,
    '',
    'Options:',
    FLAGS.slice(1),
  ].join('\n')
}

const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  say: (line) => void process.stderr.write(`${line}\n`),
  sayOver: process.stderr.isTTY ? (line) => void process.stderr.write(`\r\x1b[2K${line}`) : undefined,
  ask: async (question) => {
    process.stderr.write(question)
    using lines = createInterface({ input: process.stdin })
    for await (const line of lines) return line
    return undefined
  },
}

async function main(): Promise<number> {
  const { words, ...flags } = vmOptions(process.argv.slice(2))
  const [name, ...rest] = words
  if (flags.help || name === undefined) {
    terminal.print(help())
    return 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new Error(`unknown command: engineroom vm ${name}\n\nRun 'engineroom vm --help' for the list.`)
  if (rest.length > 0 && !command.takesWords) throw new Error(`engineroom vm ${name} takes no arguments besides its flags: ${rest.join(' ')}`)
  return command.run(commandParts({ ...flags, words: rest }, terminal))
}

process.umask(0o077) // What a VM has is for its owner alone.
// Whoever reads us may leave first, as `head` does: that is an end like any other.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 141 : 1))
try {
  process.exit(await main())
} catch (error) {
  terminal.say(messageOf(error))
  if (error instanceof PlainError && error.remedy !== '') terminal.say(`→ ${error.remedy}`)
  process.exit(1)
}
