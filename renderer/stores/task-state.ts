import type { TaskProgress } from '../api/types.ts'

export interface TaskLayer {
  readonly id: string
  readonly status: string
  readonly currentBytes: number | undefined
  readonly totalBytes: number | undefined
}

/** A pull, push, load or build as far as it has come; a new value for each line. */
export interface TaskState {
  readonly headline: string
  readonly layers: readonly TaskLayer[]
  /** What it wrote: of a build its steps. Its last part, if that is much. */
  readonly output: string
  readonly error: string
  /** Of a prune that is done. */
  readonly reclaimedBytes: number | undefined
}

export const NO_PROGRESS: TaskState = { headline: '', layers: [], output: '', error: '', reclaimedBytes: undefined }

/** More is not read on a card. */
const MAX_OUTPUT = 100_000

/** Docker names the tag in the place of a layer's id on its first line. */
const ABOUT_THE_WHOLE = /^Pulling from |: digest: /

const FINISHED = new Set(['Pull complete', 'Already exists', 'Download complete', 'Layer already exists', 'Pushed'])

/** Applies one line of the progress stream. */
export function advance(state: TaskState, line: TaskProgress): TaskState {
  if (line.error !== '') return { ...state, error: line.error }
  if (line.reclaimedBytes !== undefined) return { ...state, reclaimedBytes: line.reclaimedBytes }
  if (line.output !== '') return { ...state, output: `${state.output}${line.output}`.slice(-MAX_OUTPUT) }
  if (line.layer === '' || ABOUT_THE_WHOLE.test(line.status)) return line.status === '' ? state : { ...state, headline: line.status }
  const layer = { id: line.layer, status: line.status, currentBytes: line.currentBytes, totalBytes: line.totalBytes }
  const at = state.layers.findIndex((one) => one.id === line.layer)
  return { ...state, layers: at < 0 ? [...state.layers, layer] : state.layers.with(at, layer) }
}

/** From 0 to 1; undefined while the size is not known. */
export function layerShare({ status, currentBytes, totalBytes }: TaskLayer): number | undefined {
  if (FINISHED.has(status)) return 1
  if (currentBytes === undefined || !totalBytes) return undefined
  return Math.min(1, currentBytes / totalBytes)
}
