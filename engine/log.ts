import { LogMemory } from './log-memory.ts'
import { bodyWithoutSecrets } from './secrets.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

type Fields = Readonly<Record<string, unknown>>

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal']

/** The daemon's own log: one line an entry on standard error, in dockerd's `key=value` form. Passwords in what others said are hidden. */
export class Log {
  /** What was written last, for who asks the daemon. */
  readonly memory = new LogMemory()
  #level: LogLevel

  constructor(level: LogLevel) {
    this.#level = level
  }

  set level(level: LogLevel) {
    this.#level = level
  }

  get level(): LogLevel {
    return this.#level
  }

  debug(message: string, fields: Fields = {}): void {
    this.#write('debug', message, fields)
  }

  info(message: string, fields: Fields = {}): void {
    this.#write('info', message, fields)
  }

  warn(message: string, fields: Fields = {}): void {
    this.#write('warn', message, fields)
  }

  error(message: string, fields: Fields = {}): void {
    this.#write('error', message, fields)
  }

  #write(level: LogLevel, message: string, fields: Fields): void {
    if (ORDER.indexOf(level) < ORDER.indexOf(this.#level)) return
    const time = new Date().toISOString()
    const told = bodyWithoutSecrets(message)
    const texts = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, bodyWithoutSecrets(textOf(value))]))
    const words = Object.entries(texts).map(([key, text]) => ` ${key}=${typeof fields[key] === 'string' ? JSON.stringify(text) : text}`)
    process.stderr.write(`time="${time}" level=${level} msg=${JSON.stringify(told)}${words.join('')}\n`)
    this.memory.add({ time, level, message: told, fields: texts })
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : String(JSON.stringify(value))
}
