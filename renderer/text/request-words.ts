import type { RequestRow } from '../api/requests.ts'
import type { Face } from './container-face.ts'
import { shortenIds } from './quantity.ts'

/** Who made a call: its name, and what tells it from others of that name. */
export function clientWords({ agent, isWindow, program, pid, address }: RequestRow): { name: string; note: string } {
  const note = pid === undefined ? address : `pid ${pid}`
  if (isWindow) return { name: 'a window', note: '' }
  const [, product = '', version = ''] = /^([^/\s]+)(?:\/(\S+))?/.exec(agent) ?? []
  if (product === 'Docker-Client') return { name: `${program || 'docker'} ${version}`.trim(), note }
  return { name: program || product || (address === '' ? 'unknown' : address), note: note === address && !program && !product ? '' : note }
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
  if (phase === 'waiting') return { shape: 'dots', word: 'waiting', tone: 'wait' }
  if (phase === 'open') return { shape: 'play', word: status === 101 ? 'taken over' : 'open', tone: 'run' }
  if (status === undefined) return { shape: 'cross', word: 'no answer', tone: 'fail' }
  if (status >= 400) return { shape: 'cross', word: String(status), tone: 'fail' }
  if (isBrokenOff) return { shape: 'square', word: `${status}, left`, tone: 'stop' }
  return { shape: 'tick', word: String(status), tone: 'run' }
}

export function hasFailed({ phase, status }: Pick<RequestRow, 'phase' | 'status'>): boolean {
  return phase === 'done' && (status === undefined || status >= 400)
}

/** How long it took, or takes until now. */
export function tookText({ startedAtMs, durationMs }: Pick<RequestRow, 'startedAtMs' | 'durationMs'>, nowMs: number): string {
  const ms = durationMs ?? Math.max(0, nowMs - startedAtMs)
  if (durationMs !== undefined && ms < 9.95) return `${ms.toFixed(1)} ms`
  if (durationMs !== undefined && ms < 999.5) return `${ms.toFixed(0)} ms`
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return durationMs === undefined ? `${seconds} s` : `${(ms / 1000).toFixed(1)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`
}

/** Whether every word of the filter occurs in the call: its path, client, method, or status (`404`, `4xx`, `open`). */
export function matchesRequest(row: RequestRow, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const { name, note } = clientWords(row)
  const kind = row.status === undefined ? '' : `${Math.floor(row.status / 100)}xx`
  const text = [row.method, row.target, readableTarget(row.target), name, note, row.agent, row.status ?? '', kind, requestFace(row).word]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}
