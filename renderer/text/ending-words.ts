import type { ContainerDetails } from '../api/container-details.ts'
import type { EngineEvent } from '../api/types.ts'
import type { Tone } from './container-face.ts'
import { count, formatBytes } from './quantity.ts'

/** Numbers of signals, by name. @see signal(7) */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  6: 'SIGABRT',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  15: 'SIGTERM',
}

export function signalName(signal: string): string {
  return SIGNALS[Number(signal)] ?? (/^\d+$/.test(signal) ? `signal ${signal}` : signal)
}

/** What an exit code tells: of the program itself, or of what ended it. */
export function exitWords(code: number): string {
  if (code === 0) return 'by itself, with success'
  if (code === 126) return 'with exit code 126: its command could not be executed'
  if (code === 127) return 'with exit code 127: its command was not found'
  const signal = SIGNALS[code - 128]
  if (code === 137) return 'with exit code 137: it was killed (SIGKILL)'
  if (code === 139) return 'with exit code 139: it crashed, reading or writing memory that is not its own (SIGSEGV)'
  if (code === 134) return 'with exit code 134: it gave up (SIGABRT)'
  return signal ? `with exit code ${code}: by ${signal}` : `with exit code ${code}`
}

type Ending = Pick<
  ContainerDetails,
  'restartPolicy' | 'maximumRetries' | 'restartCount' | 'memoryLimitBytes' | 'status' | 'wasOomKilled' | 'exitCode' | 'error'
>

/**
 * Why it restarted, or does not run: the answer to "what happened?" in a few sentences; empty when nothing did.
 * @param events of the container, oldest first
 */
export function whatHappened(details: Ending, events: readonly EngineEvent[]): string {
  const { status, restartCount, error } = details
  if (status === 'created') return error === '' ? '' : `It could not be started: ${error}`
  const last = events.findLast(({ action }) => action === 'die')
  const isRunning = status === 'running' || status === 'paused'
  const code = last === undefined ? details.exitCode : Number(last.attributes.exitCode ?? 0)
  if (isRunning && last === undefined) return restartCount === 0 ? '' : `${policyWords(details)} has started it again ${count(restartCount, 'time')}.`
  if (isRunning && last !== undefined && wasAskedFor(last, events)) return 'It was restarted because somebody asked for it.'
  if (isRunning && restartCount === 0) return ''
  const ended = isAskedToStop(details, last, events) ? 'It was stopped because somebody asked for it' : `It ended ${reasonWords(details, code, last, events)}`
  if (status === 'restarting') return `${ended}. ${policyWords(details)} starts it again after a pause that grows; so far ${count(restartCount, 'time')}.`
  if (isRunning) return `${ended}. ${policyWords(details)} started it again; so far ${count(restartCount, 'time')}.`
  return `${ended}.${staysWords(details, code)}`
}

function reasonWords({ wasOomKilled, memoryLimitBytes }: Ending, code: number, last: EngineEvent | undefined, events: readonly EngineEvent[]): string {
  const hadNoMemory = wasOomKilled || (last !== undefined && events[events.indexOf(last) - 1]?.action === 'oom')
  if (!hadNoMemory) return exitWords(code)
  return `because it wanted more memory than it may have${memoryLimitBytes > 0 ? ` (${formatBytes(memoryLimitBytes)})` : ''}, and the kernel killed it`
}

/** The end belongs to a restart that somebody asked for: docker says so once it runs again. */
function wasAskedFor(ending: EngineEvent, events: readonly EngineEvent[]): boolean {
  return events.slice(events.indexOf(ending)).some(({ action }) => action === 'restart')
}

/** By `docker stop` or `kill`; not by a signal that the program was sent by another. */
function isAskedToStop({ status }: Ending, ending: EngineEvent | undefined, events: readonly EngineEvent[]): boolean {
  if (status === 'restarting' || ending === undefined) return false
  const at = events.indexOf(ending)
  const started = events.slice(0, at).findLastIndex(({ action }) => action === 'start')
  return events
    .slice(started + 1, at)
    .some(({ action, attributes }) => action === 'kill' && ['SIGTERM', 'SIGKILL', 'SIGINT'].includes(signalName(attributes.signal ?? '')))
}

function policyWords({ restartPolicy, maximumRetries }: Ending): string {
  return `Its restart policy (${restartPolicy}${maximumRetries > 0 ? `, at most ${count(maximumRetries, 'time')}` : ''})`
}

function staysWords({ restartPolicy, maximumRetries, restartCount }: Ending, code: number): string {
  if (restartPolicy === 'no') return ' It has no restart policy, so it stays as it is.'
  if (restartPolicy !== 'on-failure') return ''
  if (code === 0) return ' It is restarted only after a failure.'
  return maximumRetries > 0 && restartCount >= maximumRetries ? ` It was started again ${count(restartCount, 'time')}, as often as it may be.` : ''
}

export interface TimelineEntry {
  readonly atMs: number
  readonly words: string
  readonly tone: Tone
}

/** Looking at a container, or resizing a terminal, is no news of it. */
const NO_NEWS = new Set(['top', 'resize', 'exec_start', 'exec_detach', 'attach', 'detach', 'archive-path'])

/** What happened to a container, oldest first. */
export function timeline(events: readonly EngineEvent[]): TimelineEntry[] {
  return events.filter(({ action }) => !NO_NEWS.has(action.split(':', 1)[0] ?? '')).map((event) => ({ atMs: event.atMs, ...wordsOf(event) }))
}

function wordsOf({ action, attributes }: EngineEvent): Omit<TimelineEntry, 'atMs'> {
  const [verb = '', detail = ''] = action.split(/: (.*)/s)
  switch (verb) {
    case 'create':
      return { words: `Created from ${attributes.image ?? 'an image'}`, tone: 'stop' }
    case 'start':
      return { words: 'Started', tone: 'run' }
    case 'die':
      return dieWords(Number(attributes.exitCode ?? 0), attributes.execDuration)
    case 'kill':
      return { words: `Sent ${signalName(attributes.signal ?? '')}`, tone: 'wait' }
    case 'oom':
      return { words: 'Ran out of memory', tone: 'fail' }
    case 'stop':
      return { words: 'Stopped, as asked', tone: 'stop' }
    case 'restart':
      return { words: 'Restarted, as asked', tone: 'run' }
    case 'pause':
      return { words: 'Paused', tone: 'wait' }
    case 'unpause':
      return { words: 'Resumed', tone: 'run' }
    case 'health_status':
      return { words: `Health: ${detail}`, tone: detail === 'unhealthy' ? 'fail' : 'run' }
    case 'exec_create':
      return { words: `Runs in it: ${detail}`, tone: 'stop' }
    case 'exec_die':
      return { words: `The command that ran in it ended ${exitWords(Number(attributes.exitCode ?? 0))}`, tone: attributes.exitCode === '0' ? 'stop' : 'wait' }
    case 'rename':
      return { words: `Renamed; it was ${(attributes.oldName ?? '').replace(/^\//, '')}`, tone: 'stop' }
    case 'update':
      return { words: 'Its limits or its restart policy were changed', tone: 'stop' }
    case 'commit':
      return { words: 'Saved as an image', tone: 'stop' }
    case 'extract-to-dir':
      return { words: 'Files were copied into it', tone: 'stop' }
    default:
      return { words: action, tone: 'stop' }
  }
}

function dieWords(code: number, seconds: string | undefined): Omit<TimelineEntry, 'atMs'> {
  const after = seconds === undefined ? '' : `, after ${seconds} s`
  return { words: `Ended ${exitWords(code)}${after}`, tone: [0, 130, 137, 143].includes(code) ? 'stop' : 'fail' }
}
