import type { ContainerDetails } from '../api/container-details.ts'
import type { EngineEvent } from '../api/types.ts'
import type { Tone } from './container-face.ts'
import { formatBytes } from './quantity.ts'
import { say, sayCount, sayKnown } from './say.ts'

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
  return SIGNALS[Number(signal)] ?? (/^\d+$/.test(signal) ? say('signal {number}', { number: signal }) : signal)
}

/** What an exit code tells: of the program itself, or of what ended it. */
export function exitWords(code: number): string {
  if (code === 0) return say('by itself, with success')
  if (code === 126) return say('with exit code 126: its command could not be executed')
  if (code === 127) return say('with exit code 127: its command was not found')
  const signal = SIGNALS[code - 128]
  if (code === 137) return say('with exit code 137: it was killed (SIGKILL)')
  if (code === 139) return say('with exit code 139: it crashed, reading or writing memory that is not its own (SIGSEGV)')
  if (code === 134) return say('with exit code 134: it gave up (SIGABRT)')
  const text = String(code)
  return signal ? say('with exit code {code}: by {signal}', { code: text, signal }) : say('with exit code {code}', { code: text })
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
  if (status === 'created') return error === '' ? '' : say('It could not be started: {error}', { error })
  const last = events.findLast(({ action }) => action === 'die')
  const isRunning = status === 'running' || status === 'paused'
  const code = last === undefined ? details.exitCode : Number(last.attributes.exitCode ?? 0)
  const policy = policyWords(details)
  const times = timesWords(restartCount)
  if (isRunning && last === undefined) return restartCount === 0 ? '' : say('{policy} has started it again {times}.', { policy, times })
  if (isRunning && last !== undefined && wasAskedFor(last, events)) return say('It was restarted because somebody asked for it.')
  if (isRunning && restartCount === 0) return ''
  const ended = isAskedToStop(details, last, events)
    ? say('It was stopped because somebody asked for it.')
    : say('It ended {how}.', { how: reasonWords(details, code, last, events) })
  if (status === 'restarting') return say('{ended} {policy} starts it again after a pause that grows; so far {times}.', { ended, policy, times })
  if (isRunning) return say('{ended} {policy} started it again; so far {times}.', { ended, policy, times })
  const stays = staysWords(details, code)
  return stays === '' ? ended : say('{first} {second}', { first: ended, second: stays })
}

function timesWords(times: number): string {
  return sayCount(times, '{count} time', '{count} times')
}

function reasonWords({ wasOomKilled, memoryLimitBytes }: Ending, code: number, last: EngineEvent | undefined, events: readonly EngineEvent[]): string {
  const hadNoMemory = wasOomKilled || (last !== undefined && events[events.indexOf(last) - 1]?.action === 'oom')
  if (!hadNoMemory) return exitWords(code)
  return memoryLimitBytes > 0
    ? say('because it wanted more memory than it may have ({limit}), and the kernel killed it', { limit: formatBytes(memoryLimitBytes) })
    : say('because it wanted more memory than it may have, and the kernel killed it')
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
  return maximumRetries > 0
    ? say('Its restart policy ({policy}, at most {times})', { policy: restartPolicy, times: timesWords(maximumRetries) })
    : say('Its restart policy ({policy})', { policy: restartPolicy })
}

function staysWords({ restartPolicy, maximumRetries, restartCount }: Ending, code: number): string {
  if (restartPolicy === 'no') return say('It has no restart policy, so it stays as it is.')
  if (restartPolicy !== 'on-failure') return ''
  if (code === 0) return say('It is restarted only after a failure.')
  return maximumRetries > 0 && restartCount >= maximumRetries
    ? say('It was started again {times}, as often as it may be.', { times: timesWords(restartCount) })
    : ''
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
      return { words: say('Created from {image}', { image: attributes.image ?? say('an image') }), tone: 'stop' }
    case 'start':
      return { words: say('Started'), tone: 'run' }
    case 'die':
      return dieWords(Number(attributes.exitCode ?? 0), attributes.execDuration)
    case 'kill':
      return { words: say('Sent {signal}', { signal: signalName(attributes.signal ?? '') }), tone: 'wait' }
    case 'oom':
      return { words: say('Ran out of memory'), tone: 'fail' }
    case 'stop':
      return { words: say('Stopped, as asked'), tone: 'stop' }
    case 'restart':
      return { words: say('Restarted, as asked'), tone: 'run' }
    case 'pause':
      return { words: say('Paused'), tone: 'wait' }
    case 'unpause':
      return { words: say('Resumed'), tone: 'run' }
    case 'health_status':
      return { words: say('Health: {state}', { state: sayKnown(detail) }), tone: detail === 'unhealthy' ? 'fail' : 'run' }
    case 'exec_create':
      return { words: say('Runs in it: {command}', { command: detail }), tone: 'stop' }
    case 'exec_die':
      return {
        words: say('The command that ran in it ended {how}', { how: exitWords(Number(attributes.exitCode ?? 0)) }),
        tone: attributes.exitCode === '0' ? 'stop' : 'wait',
      }
    case 'rename':
      return { words: say('Renamed; it was {name}', { name: (attributes.oldName ?? '').replace(/^\//, '') }), tone: 'stop' }
    case 'update':
      return { words: say('Its limits or its restart policy were changed'), tone: 'stop' }
    case 'commit':
      return { words: say('Saved as an image'), tone: 'stop' }
    case 'extract-to-dir':
      return { words: say('Files were copied into it'), tone: 'stop' }
    default:
      return { words: action, tone: 'stop' }
  }
}

function dieWords(code: number, seconds: string | undefined): Omit<TimelineEntry, 'atMs'> {
  const how = exitWords(code)
  const words = seconds === undefined ? say('Ended {how}', { how }) : say('Ended {how}, after {seconds} s', { how, seconds })
  return { words, tone: [0, 130, 137, 143].includes(code) ? 'stop' : 'fail' }
}
