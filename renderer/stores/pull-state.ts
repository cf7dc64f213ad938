import type { PullProgress } from '../api/types.ts'

export interface PullLayer {
  readonly id: string
  readonly status: string
  readonly currentBytes: number | undefined
  readonly totalBytes: number | undefined
}

/** A pull as far as it has come; a new value for each line. */
export interface PullState {
  readonly headline: string
  readonly layers: readonly PullLayer[]
  readonly error: string
}

export const NO_PROGRESS: PullState = { headline: '', layers: [], error: '' }

/** Docker names the tag in the place of a layer's id on its first line. */
const ABOUT_THE_WHOLE = /^Pulling from /

const FINISHED = new Set(['Pull complete', 'Already exists', 'Download complete', 'Layer already exists'])

/** Applies one line of the progress stream. */
export function advance(state: PullState, line: PullProgress): PullState {
  if (line.error !== '') return { ...state, error: line.error }
  if (line.layer === '' || ABOUT_THE_WHOLE.test(line.status)) return line.status === '' ? state : { ...state, headline: line.status }
  const layer = { id: line.layer, status: line.status, currentBytes: line.currentBytes, totalBytes: line.totalBytes }
  const at = state.layers.findIndex((one) => one.id === line.layer)
  return { ...state, layers: at < 0 ? [...state.layers, layer] : state.layers.with(at, layer) }
}

/** From 0 to 1; undefined while the size is not known. */
export function layerShare({ status, currentBytes, totalBytes }: PullLayer): number | undefined {
  if (FINISHED.has(status)) return 1
  if (currentBytes === undefined || !totalBytes) return undefined
  return Math.min(1, currentBytes / totalBytes)
}
