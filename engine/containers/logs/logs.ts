import { EngineError } from '../../errors.ts'
import type { Container } from '../container.ts'
import type { ContainerParts } from '../parts.ts'
import { isGoing, isLive } from '../state.ts'
import { formatAttributes } from './log-attributes.ts'
import { type LogPolicy, logPolicyOf } from './log-policy.ts'
import { readLog } from './log-reader.ts'
import { WholeLines } from './log-record.ts'
import type { LogSource } from './log-source.ts'
import { type LogChunk, LogText } from './log-text.ts'

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
  const details = options.details ? `${formatAttributes(policy.attributes)} ` : ''
  const whole = new WholeLines()
  const text = new LogText(options, details)
  try {
    for await (const data of readLog(source, { tail: options.tail, follow: options.follow, untilEnded, signal })) {
      const batch = text.render(whole.push(data))
      if (batch.length > 0) yield batch
      if (text.isPast) return
    }
  } finally {
    forget()
  }
}
