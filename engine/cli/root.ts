import type { CliCommand } from './command/command.ts'
import { type HelpRow, optionRows, rows } from './command/help.ts'
import { commandLists, findCommand, groupRows } from './commands.ts'
import { ExitError } from './exit-error.ts'
import { rootCommand } from './root-command.ts'
import type { GlobalFlags } from './session.ts'

interface RootOptions extends GlobalFlags {
  readonly version?: boolean
}

/** What a shell calls to complete a line: the words so far, the last of which is being typed. */
const COMPLETE = '__complete'

/** The global flags, and the command behind them. @param argv without the program's name */
export async function runRoot(argv: readonly string[]): Promise<void> {
  if (argv[0] === COMPLETE) return printCandidates(argv.slice(1))
  const root = rootCommand()
  const { operands } = root.parseOptions([...argv])
  const options = root.opts<RootOptions & { help?: boolean }>()
  if (options.version) return printVersion()
  if (options.help) return printHelp(root)
  if (operands.length === 0) {
    process.stderr.write(rootHelp(root))
    throw new ExitError(1)
  }
  await runCommand(root, operands, options)
}

async function runCommand(root: CliCommand, operands: readonly string[], flags: GlobalFlags): Promise<void> {
  const words = operands[0] === 'help' ? [...operands.slice(1), '--help'] : operands
  const [first = '', second = '--help'] = words
  if (first === '--help') return printHelp(root)
  const found = findCommand(words)
  if (found) {
    // HTTP takes longer to load than anything else, and help needs none.
    const [{ command }, { Session }] = await Promise.all([found.load(), import('./session.ts')])
    await command(new Session(flags)).parseAsync([...found.rest], { from: 'user' })
    return
  }
  const group = groupRows(first)
  if (group && second.startsWith('-')) return void process.stdout.write(groupHelp(first, group))
  if (first === 'daemon') return runDaemon(words.slice(1))
  throw unknownCommand(group ? `${first} ${second}` : first, group ? `engineroom ${first}` : 'engineroom')
}

/** The launcher starts the daemon itself; only its help is left to us, as in `engineroom help daemon`. */
async function runDaemon(args: readonly string[]): Promise<void> {
  const { daemonCommand } = await import('../daemon/flags.ts')
  if (!args.includes('--help'))
    throw new ExitError(
      125,
      "engineroom: 'daemon' must be the first word: its flags, -H too, come after it\n\nRun 'engineroom daemon --help' for more information",
    )
  process.stdout.write(daemonCommand().helpInformation())
}

async function printCandidates(words: readonly string[]): Promise<void> {
  const { candidates } = await import('./completion/candidates.ts')
  for (const { word, about } of await candidates(words)) process.stdout.write(`${word}\t${about}\n`)
}

function unknownCommand(typed: string, parent: string): ExitError {
  return new ExitError(1, `engineroom: unknown command: engineroom ${typed}\n\nRun '${parent} --help' for more information`)
}

async function printVersion(): Promise<void> {
  const { VERSION } = await import('../daemon/version.ts')
  process.stdout.write(`Engineroom version ${VERSION.version}, build ${VERSION.gitCommit}\n`)
}

function printHelp(root: CliCommand): void {
  process.stdout.write(rootHelp(root))
}

function rootHelp(root: CliCommand): string {
  const sections = Object.entries(commandLists()).map(([title, list]) => section(title, list))
  const closing = "Run 'engineroom COMMAND --help' for more information on a command."
  return ['Usage:  engineroom [OPTIONS] COMMAND', root.shape.summary, ...sections, section('Global Options', optionRows(root)), closing]
    .join('\n\n')
    .concat('\n')
}

function groupHelp(name: string, list: readonly HelpRow[]): string {
  return `Usage:  engineroom ${name} COMMAND\n\n${section('Commands', list)}\n\nRun 'engineroom ${name} COMMAND --help' for more information on a command.\n`
}

function section(title: string, list: readonly HelpRow[]): string {
  return `${title}:\n${rows(list)}`
}
