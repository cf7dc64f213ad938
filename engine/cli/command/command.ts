import { Command, Option, type OptionValues, type ParseOptionsResult } from 'commander'
import { messageOf } from '../../errors.ts'
import { goBoolean, notABoolean } from '../../json/go-values.ts'
import { ExitError } from '../exit-error.ts'
import { helpText } from './help.ts'

export interface CommandShape {
  /** As typed after the program's name, e.g. `run`, or `container ls`. */
  readonly path: string
  /** What follows the path in the usage line, e.g. `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  readonly usage: string
  readonly summary: string
  /** Every way to type it. */
  readonly aliases?: readonly string[]
  /** How many arguments there must be; none unless said. */
  readonly atLeast?: number
  readonly atMost?: number
  /** Whether everything after the first argument belongs to somebody else, like the command that a container is to run. */
  readonly stopsAtFirstArgument?: boolean
}

/**
 * A command whose flags are read the way docker reads them: `-it`, `-p80:80`, `--rm=false`, with docker's words for
 * what is wrong. commander keeps the options and their values; its own parser knows neither booleans with a value nor
 * those words.
 */
export class CliCommand extends Command {
  readonly shape: CommandShape

  constructor(shape: CommandShape) {
    super(`engineroom ${shape.path}`.trimEnd())
    this.shape = shape
    this.usage(shape.usage).description(shape.summary).helpOption(false).helpCommand(false).allowExcessArguments(true)
    this.addOption(new Option('--help', 'Print usage').hideHelp())
  }

  /** Declares a flag; `read` turns its text into a value and throws what is wrong with it. */
  flag<T>(flags: string, description: string, read?: (text: string, before: T | undefined) => T): this {
    const option = new Option(flags, description)
    if (read) option.argParser(read)
    return this.addOption(option)
  }

  /** Another spelling of a flag, not shown. */
  hiddenFlag<T>(flags: string, read?: (text: string, before: T | undefined) => T): this {
    const option = new Option(flags).hideHelp()
    if (read) option.argParser(read)
    return this.addOption(option)
  }

  /** What the command does, once flags and the number of arguments are right. */
  perform<T extends OptionValues>(work: (operands: readonly string[], options: T) => Promise<void>): this {
    return this.action(async () => {
      if (this.getOptionValue('help') === true) {
        process.stdout.write(helpText(this))
        return
      }
      this.#checkArguments()
      await work(this.args, this.opts<T>())
    })
  }

  override parseOptions(argv: string[]): ParseOptionsResult {
    const operands: string[] = []
    const rest = [...argv]
    for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
      if (token === '--') {
        operands.push(...rest)
        break
      }
      if (token.startsWith('--')) this.#readLong(token, rest)
      else if (token.startsWith('-') && token !== '-') this.#readShorts(token, rest)
      else {
        operands.push(token)
        if (!this.shape.stopsAtFirstArgument) continue
        operands.push(...rest)
        break
      }
    }
    return { operands, unknown: [] }
  }

  #readLong(token: string, rest: string[]): void {
    const equals = token.indexOf('=')
    const name = equals < 0 ? token : token.slice(0, equals)
    const option = this.options.find(({ long }) => long === name)
    if (!option) throw this.#misused(`unknown flag: ${name}`)
    const value = equals < 0 ? undefined : token.slice(equals + 1)
    if (!option.required) return this.#setSwitch(option, value)
    const text = value ?? rest.shift()
    if (text === undefined) throw this.#misused(`flag needs an argument: ${name}`)
    this.#setValue(option, text)
  }

  #readShorts(token: string, rest: string[]): void {
    for (let at = 1; at < token.length; at++) {
      const letter = token[at] ?? ''
      const option = this.options.find(({ short }) => short === `-${letter}`) ?? this.#helpLetter(letter)
      if (!option) throw this.#misused(`unknown shorthand flag: '${letter}' in -${token.slice(at)}`)
      const follows = token.slice(at + 1)
      if (!option.required && !follows.startsWith('=')) {
        this.#setSwitch(option, undefined)
        continue
      }
      const value = follows.startsWith('=') ? follows.slice(1) : follows === '' ? rest.shift() : follows
      if (value === undefined) throw this.#misused(`flag needs an argument: '${letter}' in -${token.slice(at)}`)
      if (option.required) this.#setValue(option, value)
      else this.#setSwitch(option, value)
      return
    }
  }

  /** `-h` means help, except where a command uses it for something else. */
  #helpLetter(letter: string): Option | undefined {
    return letter === 'h' ? this.options.find(({ long }) => long === '--help') : undefined
  }

  #setSwitch(option: Option, text: string | undefined): void {
    const value = text === undefined ? true : goBoolean(text)
    if (value === undefined) throw this.#invalid(option, text ?? '', notABoolean(text ?? ''))
    this.setOptionValueWithSource(option.attributeName(), option.negate ? !value : value, 'cli')
  }

  #setValue(option: Option, text: string): void {
    const key = option.attributeName()
    const before: unknown = this.getOptionValueSource(key) === 'cli' ? this.getOptionValue(key) : undefined
    let value: unknown = text
    try {
      if (option.parseArg) value = option.parseArg<unknown>(text, before)
    } catch (error) {
      throw this.#invalid(option, text, messageOf(error))
    }
    this.setOptionValueWithSource(key, value, 'cli')
  }

  #invalid(option: Option, text: string, why: string): ExitError {
    const flags = [option.short, option.long].filter((one) => one !== undefined).join(', ')
    return this.#misused(`invalid argument ${JSON.stringify(text)} for "${flags}" flag: ${why}`)
  }

  #misused(message: string): ExitError {
    return new ExitError(125, `${message}\n\nUsage:  ${this.name()} ${this.usage()}\n\nRun '${this.name()} --help' for more information`)
  }

  #checkArguments(): void {
    const { atLeast = 0, atMost = atLeast === 0 ? 0 : Number.POSITIVE_INFINITY } = this.shape
    const count = this.args.length
    if (count >= atLeast && count <= atMost) return
    const needs = wanted(atLeast, atMost)
    throw new ExitError(
      1,
      `engineroom: '${this.name()}' ${needs}\n\nUsage:  ${this.name()} ${this.usage()}\n\nRun '${this.name()} --help' for more information`,
    )
  }
}

/** Docker's sentence about the number of arguments. */
function wanted(atLeast: number, atMost: number): string {
  const counted = (count: number) => `${count} argument${count === 1 ? '' : 's'}`
  if (atMost === 0) return 'accepts no arguments'
  if (atLeast === atMost) return `requires ${counted(atLeast)}`
  if (atLeast === 0) return `requires at most ${counted(atMost)}`
  if (atMost === Number.POSITIVE_INFINITY) return `requires at least ${counted(atLeast)}`
  return `requires at least ${atLeast} and at most ${counted(atMost)}`
}
