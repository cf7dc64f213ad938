import { EngineError } from '../../errors.ts'
import type { Container } from '../container.ts'
import type { ContainerParts } from '../parts.ts'
import { isGoing, isLive } from '../state.ts'
import { formatAttributes } from './log-attributes.ts'
import { type LogPolicy, logPolicyOf } from './log-policy.ts'
import { readLog } from './log-reader.ts'
import { dockerTime, LineCutter, type LogRecord, parseRecord, timeNano } from './log-record.ts'
import type { LogSource } from './log-source.ts'

export interface LogOptions {
  readonly stdout: boolean
  readonly stderr: boolean
  readonly follow: boolean
  readonly timestamps: boolean
  readonly details: boolean
  /** Inclusive bounds, nanoseconds since 1970. */
  readonly since: bigint | undefined
  readonly until: bigint | undefined
  /** Lines of both streams from the end, before anything else is chosen of them, as dockerd counts them. */
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
  const policy = logPolicyOf(container.spec)
  if (policy.driver === 'none') throw new EngineError('not-implemented', 'configured logging driver does not support reading')
  return chunks(container, { source: parts.logs.sourceOf(container), policy }, options, signal)
}

interface ReadableLog {
  readonly source: LogSource
  readonly policy: LogPolicy
}

async function* chunks(container: Container, { source, policy }: ReadableLog, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogChunk[]> {
  const { promise: untilEnded, resolve } = Promise.withResolvers<void>()
  const forget = container.onExit(() => resolve())
  if (!isLive(container.state)) resolve()
  const prefix = options.details ? `${formatAttributes(policy.attributes)} ` : ''
  const cutter = new LineCutter()
  const renderer = new Renderer(options, prefix)
  try {
    for await (const data of readLog(source, { tail: options.tail, follow: options.follow, untilEnded, signal })) {
      const batch: LogChunk[] = []
      let isPast = false
      for (const line of cutter.push(data)) {
        const record = parseRecord(line)
        isPast = record !== undefined && isAfter(record, options.until)
        if (isPast) break
        if (record && fits(record, options)) batch.push(renderer.render(record))
      }
      if (batch.length > 0) yield batch
      if (isPast) return
    }
  } finally {
    forget()
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
