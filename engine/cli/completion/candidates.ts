import type { Option } from 'commander'
import { commandLists, findCommand, groupRows } from '../commands.ts'
import { rootCommand } from '../root-command.ts'
import { type GlobalFlags, Session } from '../session.ts'
import type { Candidate } from './candidate.ts'
import { type NameKind, namesOf } from './names.ts'
import { operandCandidates } from './operands.ts'
import { type LineShape, positionAfter } from './position.ts'

interface Completable extends LineShape {
  /** Candidates for the argument after so many. */
  readonly operand: (index: number) => Promise<readonly Candidate[]>
}

/** The flags whose values are names that the engine knows. */
const VALUES: Readonly<Record<string, NameKind>> = { '--link': 'container', '--net': 'network', '--network': 'network', '--volumes-from': 'container' }

/**
 * What the last word of a command line may become.
 * @param words after the program's name; the last one is being typed, and may be empty
 * @returns none where it can be anything: a file, a new name, a command in a container
 */
export async function candidates(words: readonly string[]): Promise<readonly Candidate[]> {
  const typed = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  const root = rootCommand()
  const { operands } = positionAfter(shapeOf(root), typed)
  // Whom to ask for names: `-H` may stand before the command.
  root.parseOptions(operands.length === 0 ? [] : typed.slice(0, typed.length - operands.length))
  const session = new Session(root.opts<GlobalFlags>())
  if (operands.length === 0) return complete({ ...shapeOf(root), operand: among(Object.values(commandLists()).flat()) }, typed, current, session)
  const asked = operands[0] === 'help' ? operands.slice(1) : operands
  const found = await completableOf(asked, session)
  return found ? complete(found.command, found.rest, current, session) : []
}

/** @param words the command and what follows it */
async function completableOf(
  words: readonly string[],
  session: Session,
): Promise<{ readonly command: Completable; readonly rest: readonly string[] } | undefined> {
  const [first, ...rest] = words
  if (first === undefined) return { command: { options: [], operand: among(Object.values(commandLists()).flat()) }, rest }
  const found = findCommand(words)
  if (found) {
    const command = (await found.load()).command(session)
    return { command: { ...shapeOf(command), operand: (index) => operandCandidates(command.shape, index, session) }, rest: found.rest }
  }
  if (first === 'daemon') {
    const { daemonCommand } = await import('../../daemon/flags.ts')
    return { command: { options: daemonCommand().options, operand: among([]) }, rest }
  }
  const group = groupRows(first)
  return group && rest.length === 0 ? { command: { options: [], operand: among(group) }, rest } : undefined
}

async function complete({ operand, ...line }: Completable, typed: readonly string[], current: string, session: Session): Promise<Candidate[]> {
  const { pending, operands, mayBeFlag } = positionAfter(line, typed)
  const beginsSo = ({ word }: Candidate) => word.startsWith(current)
  if (pending) return (await values(pending, session)).filter(beginsSo)
  if (!mayBeFlag || !current.startsWith('-')) return (await operand(operands.length)).filter(beginsSo)
  const equals = current.indexOf('=')
  const named = equals < 0 ? undefined : line.options.find(({ long }) => long === current.slice(0, equals))
  if (named) return (await values(named, session)).map(({ word, about }) => ({ word: `${named.long}=${word}`, about })).filter(beginsSo)
  const flags = line.options.flatMap(({ hidden, long, description }) => (hidden || !long ? [] : [{ word: long, about: description }]))
  return [...flags, { word: '--help', about: 'Print usage' }].filter(beginsSo)
}

async function values({ long = '' }: Option, session: Session): Promise<readonly Candidate[]> {
  const kind = VALUES[long]
  return kind ? namesOf(kind, session) : []
}

function among(rows: readonly (readonly [word: string, about: string])[]): (index: number) => Promise<readonly Candidate[]> {
  return async (index) => (index === 0 ? rows.map(([word, about]) => ({ word, about })) : [])
}

function shapeOf({ options, shape }: ReturnType<typeof rootCommand>): LineShape {
  return { options, stopsAtFirstArgument: shape.stopsAtFirstArgument }
}
