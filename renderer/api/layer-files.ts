import { fetchJson } from './engine-client.ts'
import { type FileRow, parseRow } from './files.ts'
import { isRecord, numberAt, recordsAt, textAt } from './json.ts'

const CHANGES = ['added', 'changed', 'removed'] as const
export type LayerChange = (typeof CHANGES)[number]

/** A file of a layer: what the layer did with it. */
export interface LayerRow extends FileRow {
  readonly change: LayerChange
}

export interface LayerPage {
  /** False for a step that added no layer. */
  readonly hasLayer: boolean
  /** Of the whole folder. */
  readonly total: number
  readonly entries: readonly LayerRow[]
  readonly hasMore: boolean
}

/** What a step of an image did in a folder, a page at a time. @param step the oldest is 0 @param after the last name of the page before. @see docs/files.md */
export async function layerFiles(image: string, step: number, path: string, after: string, signal?: AbortSignal): Promise<LayerPage> {
  const reply = await fetchJson(`/engineroom/v1/images/${encodeURIComponent(image)}/steps/${step}/files`, { query: { path, after }, ...(signal && { signal }) })
  const from = isRecord(reply) ? reply : {}
  return {
    hasLayer: from.hasLayer === true,
    total: numberAt(from, 'total') ?? 0,
    entries: recordsAt(from, 'entries').map((one) => {
      const change = textAt(one, 'change')
      return { ...parseRow(one), change: CHANGES.find((known) => known === change) ?? 'changed' }
    }),
    hasMore: from.hasMore === true,
  }
}
