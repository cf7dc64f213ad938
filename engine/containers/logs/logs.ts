import { EngineError } from '../../errors.ts'
import type { Container } from '../container.ts'
import type { ContainerParts } from '../parts.ts'
import { logPathOf } from '../start.ts'
import { isGoing, isLive } from '../state.ts'
import { readLogFile } from './log-file.ts'
import { dockerTime, LineCutter, type LogRecord, parseRecord, timeNano } from './log-record.ts'

export interface LogOptions {
  readonly stdout: boolean
  readonly stderr: boolean
  readonly follow: boolean
  readonly timestamps: boolean
  readonly details: boolean
  /** Inclusive bounds, nanoseconds since 1970. */
  readonly since: bigint | undefined
  readonly until: bigint | undefined
  readonly tail: number | undefined
}

/** A piece of output for the client: whole lines, or parts of long ones. */
export interface LogChunk {
  readonly stream: 'stdout' | 'stderr'
  readonly text: Buffer
}

const NEWLINE = Buffer.from('\n')

/**
 * What a container wrote, and when following, what it writes until its run ends.
 * @throws EngineError `invalid` when no stream is wanted, `not-implemented` for the driver `none`, `conflict` when dead
 * @see Engine API 1.51 ContainerLogs
 */
export function readLogs(parts: ContainerParts, container: Container, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogChunk[]> {
  if (!options.stdout && !options.stderr) throw new EngineError('invalid', 'Bad parameters: you must choose at least one stream')
  if (isGoing(container.state)) throw new EngineError('conflict', 'can not get logs from container which is dead or marked for removal')
  const path = logPathOf(parts, container)
  if (path === undefined) throw new EngineError('not-implemented', 'configured logging driver does not support reading')
  return chunks(container, path, options, signal)
}

async function* chunks(container: Container, path: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogChunk[]> {
  const { promise: untilEnded, resolve } = Promise.withResolvers<void>()
  const forget = container.onExit(() => resolve())
  if (!isLive(container.state)) resolve()
  // With another filter than the count, the last N lines are the last of those that fit.
  const isFiltered = options.since !== undefined || options.until !== undefined || !options.stdout || !options.stderr
  const tail = isFiltered || options.tail === undefined ? undefined : options.tail
  const prefix = options.details ? detailsOf(container) : ''
  const cutter = new LineCutter()
  const renderer = new Renderer(options, prefix)
  const held = isFiltered && options.tail !== undefined ? new LastLines(options.tail) : undefined
  try {
    if (held && options.tail !== undefined) {
      yield* filteredTail(path, options, cutter, renderer, held, untilEnded, signal)
      return
    }
    for await (const data of readLogFile(path, { tail, follow: options.follow, untilEnded, signal })) {
      const batch: LogChunk[] = []
      for (const line of cutter.push(data)) {
        const record = parseRecord(line)
        if (record && isAfter(record, options.until)) return void (batch.length > 0 && (yield batch))
        if (record && fits(record, options)) batch.push(renderer.render(record))
      }
      if (batch.length > 0) yield batch
    }
  } finally {
    forget()
  }
}

/** The last N lines that fit, then what comes. The file is read once: first until its present end, then on. */
async function* filteredTail(
  path: string,
  options: LogOptions,
  cutter: LineCutter,
  renderer: Renderer,
  held: LastLines,
  untilEnded: Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<LogChunk[]> {
  const ended = Promise.resolve()
  for await (const data of readLogFile(path, { tail: undefined, follow: false, untilEnded: ended, signal })) {
    for (const line of cutter.push(data)) {
      const record = parseRecord(line)
      if (record && fits(record, options) && !isAfter(record, options.until)) held.push(renderer.render(record))
    }
  }
  const lines = held.take()
  if (lines.length > 0) yield lines
  if (!options.follow) return
  for await (const data of readLogFile(path, { tail: 0, follow: true, untilEnded, signal })) {
    const batch: LogChunk[] = []
    for (const line of cutter.push(data)) {
      const record = parseRecord(line)
      if (record && isAfter(record, options.until)) return
      if (record && fits(record, options)) batch.push(renderer.render(record))
    }
    if (batch.length > 0) yield batch
  }
}

function fits(record: LogRecord, options: LogOptions): boolean {
  if (record.stream === 'stdout' ? !options.stdout : !options.stderr) return false
  return options.since === undefined || timeNano(record.time) >= options.since
}

function isAfter(record: LogRecord, until: bigint | undefined): boolean {
  return until !== undefined && timeNano(record.time) > until
}

/** Puts time and details in front of each line, once for a line that comes in parts. */
class Renderer {
  readonly #options: LogOptions
  readonly #details: string
  readonly #isInsideLine = { stdout: false, stderr: false }

  constructor(options: LogOptions, details: string) {
    this.#options = options
    this.#details = details
  }

  render(record: LogRecord): LogChunk {
    const isContinuation = this.#isInsideLine[record.stream]
    this.#isInsideLine[record.stream] = !record.isComplete
    const head = isContinuation ? '' : `${this.#options.timestamps ? `${dockerTime(record.time)} ` : ''}${this.#details}`
    const parts = [...(head === '' ? [] : [Buffer.from(head)]), record.text, ...(record.isComplete ? [NEWLINE] : [])]
    return { stream: record.stream, text: Buffer.concat(parts) }
  }
}

/** The newest N of a sequence. */
class LastLines {
  readonly #most: number
  readonly #lines: LogChunk[] = []

  constructor(most: number) {
    this.#most = most
  }

  push(line: LogChunk): void {
    this.#lines.push(line)
    if (this.#lines.length > this.#most) this.#lines.shift()
  }

  take(): LogChunk[] {
    return this.#lines
  }
}

/** `--log-opt labels=… env=…` as `k=v,k2=v2 `, sorted and escaped as in a URL. */
function detailsOf(container: Container): string {
  const { config, hostConfig } = container.spec
  const options = hostConfig.LogConfig?.Config ?? {}
  const labels = (options.labels ?? '').split(',').filter((name) => config.Labels?.[name] !== undefined)
  const env = new Map((config.Env ?? []).map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]))
  const names = (options.env ?? '').split(',').filter((name) => env.has(name))
  const pairs = [...labels.map((name) => [name, config.Labels?.[name] ?? '']), ...names.map((name) => [name, env.get(name) ?? ''])]
  const text = pairs
    .map(([key = '', value = '']) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .sort()
    .join(',')
  return `${text} `
}
