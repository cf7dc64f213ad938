import { type EngineLogEntry, LOG_LEVELS, type LogLevel } from '../api/engine-log.ts'
import { type LogBlock, LogBlocks } from './log-blocks.ts'
import { plainText, type RawLine, timeOf } from './log-line.ts'

/** What is kept of it in a window that stays open; the engine remembers less. */
const MOST_LINES = 10_000

const COLOURS: Readonly<Record<LogLevel, string>> = { debug: '39', info: '36', warn: '33', error: '31', fatal: '31' }

/** The engine's own log, one line an entry: all of it, or what is bad enough and has a pattern in it. */
export class EngineLog {
  #entries: { readonly key: string; readonly level: LogLevel; readonly line: RawLine }[] = []
  readonly #keys = new Set<string>()
  #shown = new LogBlocks(MOST_LINES)
  #lowest: LogLevel = 'debug'
  #pattern: RegExp | undefined

  /** One that it has already, which a new stream begins with, is left out. */
  add(entry: EngineLogEntry): void {
    const key = `${entry.time} ${entry.id}`
    if (this.#keys.has(key)) return
    this.#keys.add(key)
    const one = { key, level: entry.level, line: lineOf(entry) }
    this.#entries.push(one)
    if (this.#entries.length > MOST_LINES) this.#keys.delete(this.#entries.shift()?.key ?? '')
    if (this.#fits(one)) this.#shown.add([one.line])
  }

  /** Shows what is at least as bad as that, and has the pattern in it. */
  filter(lowest: LogLevel, pattern: RegExp | undefined): void {
    this.#lowest = lowest
    this.#pattern = pattern
    this.#shown = new LogBlocks(MOST_LINES)
    this.#shown.add(this.#entries.filter((one) => this.#fits(one)).map(({ line }) => line))
  }

  /** The blocks to draw; the array is new, full blocks are the same objects as before. */
  snapshot(): readonly LogBlock[] {
    return this.#shown.with([])
  }

  /** What is shown, as a text without colours. */
  text(): string {
    return [...this.#shown.lines().map((line) => `${timeOf(line)} ${plainText(line)}\n`)].join('')
  }

  #fits({ level, line }: { readonly level: LogLevel; readonly line: RawLine }): boolean {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.#lowest)) return false
    return this.#pattern === undefined || this.#pattern.test(plainText(line))
  }
}

/** Levels are as wide as the widest, so that what was said begins below each other. */
function lineOf({ time, level, message, fields }: EngineLogEntry): RawLine {
  const words = fields.map(([name, value]) => ` ${name}=${/^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`)
  const isBad = LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf('warn')
  return {
    source: isBad ? 'stderr' : 'stdout',
    text: `${time} \x1b[${COLOURS[level]}m${level.padEnd(5)}\x1b[m ${message.replaceAll('\n', ' ')}${words.join('')}`,
  }
}
