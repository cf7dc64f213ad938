import type { Verb } from '../api/containers.ts'
import type { ContainerRow, Port } from '../api/types.ts'
import { formatAgo, formatSpan } from './quantity.ts'
import { type Message, say } from './say.ts'

/** A state is told three times: by a shape, a word, and a tone (which has a colour). */
export type Shape = 'play' | 'bars' | 'loop' | 'square' | 'cross' | 'ring' | 'alert' | 'dots' | 'tick'
export type Tone = 'run' | 'wait' | 'stop' | 'fail'

export interface Face {
  readonly shape: Shape
  readonly word: string
  readonly tone: Tone
}

const DOING = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  pause: 'pausing',
  unpause: 'resuming',
  remove: 'removing',
} as const satisfies Record<Verb, Message>

/** How a container looks now; what it was asked to do and has not done yet comes first. */
export function faceOf(row: Pick<ContainerRow, 'state' | 'health' | 'exitCode'>, pending?: Verb): Face {
  if (pending) return { shape: 'dots', word: say(DOING[pending]), tone: 'wait' }
  switch (row.state) {
    case 'running':
      if (row.health === 'unhealthy') return { shape: 'alert', word: say('unhealthy'), tone: 'fail' }
      if (row.health === 'starting') return { shape: 'play', word: say('checking health'), tone: 'wait' }
      return { shape: 'play', word: row.health === 'healthy' ? say('healthy') : say('running'), tone: 'run' }
    case 'paused':
      return { shape: 'bars', word: say('paused'), tone: 'wait' }
    case 'restarting':
      return { shape: 'loop', word: say('restarting'), tone: 'fail' }
    case 'removing':
      return { shape: 'dots', word: say('removing'), tone: 'wait' }
    case 'created':
      return { shape: 'ring', word: say('created'), tone: 'stop' }
    case 'dead':
      return { shape: 'cross', word: say('dead'), tone: 'fail' }
    case 'exited':
      if (row.exitCode === KILLED) return { shape: 'square', word: say('killed'), tone: 'stop' }
      return hasFailed(row.exitCode) ? { shape: 'cross', word: exitText(row), tone: 'fail' } : { shape: 'square', word: say('exited'), tone: 'stop' }
  }
}

/** 128 + SIGKILL: by `docker kill`, at the end of `docker stop`'s patience, or for want of memory. */
const KILLED = 137

/** 0, and 128 + SIGINT or SIGTERM, which is how `docker stop` asks a program to end. */
const ENDED_BY_REQUEST = new Set([0, 130, 143])

function hasFailed(exitCode: number | undefined): boolean {
  return exitCode !== undefined && !ENDED_BY_REQUEST.has(exitCode)
}

function exitText({ exitCode }: Pick<ContainerRow, 'exitCode'>): string {
  return say('exit {code}', { code: String(exitCode) })
}

/** The words beside the state: since when, or how it ended. */
export function sinceText(row: Pick<ContainerRow, 'state' | 'exitCode' | 'sinceMs' | 'createdAtMs'>, nowMs: number): string {
  switch (row.state) {
    case 'running':
    case 'paused':
      return row.sinceMs === undefined ? '' : formatSpan(nowMs - row.sinceMs)
    case 'restarting':
      return exitText(row)
    case 'exited':
    case 'dead':
      return row.sinceMs === undefined ? '' : formatAgo(nowMs - row.sinceMs)
    default:
      return formatAgo(nowMs - row.createdAtMs)
  }
}

export interface PortText {
  readonly text: string
  readonly published: number | undefined
  readonly protocol: string
  /** `80/tcp` */
  readonly inside: string
}

/** `8080 → 80`; for a protocol other than TCP with its name, for one host address with that. IPv4 and IPv6 of one port are one entry. */
export function portTexts(ports: readonly Port[]): PortText[] {
  const seen = new Map<string, PortText>()
  for (const port of ports) {
    const suffix = port.protocol === 'tcp' ? '' : `/${port.protocol}`
    const host = ['', '0.0.0.0', '::'].includes(port.address) ? '' : `${port.address}:`
    const text = port.published === undefined ? `${port.private}${suffix}` : `${host}${port.published} → ${port.private}${suffix}`
    seen.set(text, { text, published: port.published, protocol: port.protocol, inside: `${port.private}/${port.protocol}` })
  }
  return [...seen.values()]
}

/** Whether every word of the filter occurs in what a person sees of the container, or in a label. */
export function matchesFilter(row: ContainerRow, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const labels = Object.entries(row.labels).map(([key, value]) => `${key}=${value}`)
  const ports = row.ports.map((port) => `:${port.published ?? ''} ${port.private}`)
  const text = [row.name, row.image, row.id, row.state, faceOf(row).word, ...ports, ...row.attachments.map(({ network }) => network), ...labels]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}
