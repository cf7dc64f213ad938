export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

type Fields = Readonly<Record<string, unknown>>

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal']

/** The daemon's own log: one line an entry on standard error, in dockerd's `key=value` form. */
export class Log {
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
    const words = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
    process.stderr.write(`time="${new Date().toISOString()}" level=${level} msg=${JSON.stringify(message)}${words.join('')}\n`)
  }
}
