import type { RequestRow } from '../api/requests.ts'
import type { Face } from './container-face.ts'
import { shortenIds } from './quantity.ts'
import { say } from './say.ts'

/** Who made a call: its name, and what tells it from others of that name. */
export function clientWords({ agent, isWindow, program, pid, address }: RequestRow): { name: string; note: string } {
  const note = pid === undefined ? address : `pid ${pid}`
  if (isWindow) return { name: say('a window'), note: '' }
  const [, product = '', version = ''] = /^([^/\s]+)(?:\/(\S+))?/.exec(agent) ?? []
  if (product === 'Docker-Client') return { name: `${program || 'docker'} ${version}`.trim(), note }
  return { name: program || product || (address === '' ? say('unknown') : address), note: note === address && !program && !product ? '' : note }
}

/** `/v1.51/containers/4f1c…/json?all=1` as one reads it: without the version, ids short, the query in plain text. */
export function readableTarget(target: string): string {
  return shortenIds(decoded(target.replace(/^\/v\d[\d.]*(?=\/)/, '')))
}

/** The API version that the client asked for; empty when it named none. */
export function versionIn(target: string): string {
  return /^\/v(\d[\d.]*)\//.exec(target)?.[1] ?? ''
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // A stray percent sign: it stands as it came.
  }
}

/** How a call goes, or went. */
export function requestFace({ phase, status, isBrokenOff }: Pick<RequestRow, 'phase' | 'status' | 'isBrokenOff'>): Face {
  if (phase === 'waiting') return { shape: 'dots', word: say('waiting'), tone: 'wait' }
  if (phase === 'open') return { shape: 'play', word: status === 101 ? say('taken over') : say('open §a call'), tone: 'run' }
  if (status === undefined) return { shape: 'cross', word: say('no answer'), tone: 'fail' }
  if (status >= 400) return { shape: 'cross', word: String(status), tone: 'fail' }
  if (isBrokenOff) return { shape: 'square', word: say('{status}, left', { status: String(status) }), tone: 'stop' }
  return { shape: 'tick', word: String(status), tone: 'run' }
}

export function hasFailed({ phase, status }: Pick<RequestRow, 'phase' | 'status'>): boolean {
  return phase === 'done' && (status === undefined || status >= 400)
}

/** How long it took, or takes until now. */
export function tookText({ startedAtMs, durationMs }: Pick<RequestRow, 'startedAtMs' | 'durationMs'>, nowMs: number): string {
  const ms = durationMs ?? Math.max(0, nowMs - startedAtMs)
  if (durationMs !== undefined && ms < 9.95) return say('{milliseconds} ms', { milliseconds: ms.toFixed(1) })
  if (durationMs !== undefined && ms < 999.5) return say('{milliseconds} ms', { milliseconds: ms.toFixed(0) })
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return say('{seconds} s', { seconds: durationMs === undefined ? seconds : (ms / 1000).toFixed(1) })
  if (seconds < 3600) return say('{minutes} min {seconds} s', { minutes: Math.floor(seconds / 60), seconds: seconds % 60 })
  return say('{hours} h {minutes} min', { hours: Math.floor(seconds / 3600), minutes: Math.floor(seconds / 60) % 60 })
}

/** Whether every word of the filter occurs in the call: its path, client, method, or status (`404`, `4xx`, `open`). */
export function matchesRequest(row: RequestRow, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const { name, note } = clientWords(row)
  const kind = row.status === undefined ? '' : `${Math.floor(row.status / 100)}xx`
  const text = [row.method, row.target, readableTarget(row.target), name, note, row.agent, row.status ?? '', kind, row.phase, requestFace(row).word]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}
