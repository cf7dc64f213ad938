import type { Readable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { humanSize } from '../format/size.ts'
import { jsonLines } from './json-lines.ts'

/** A line of a progress stream. @see engine-api notes 3.6 */
export interface ProgressLine {
  readonly stream?: string
  readonly status?: string
  readonly id?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
  readonly errorDetail?: { readonly message: string }
  readonly aux?: unknown
}

/** The part of an output that progress needs. */
export type ProgressOutput = Pick<WriteStream, 'write' | 'isTTY' | 'columns'>

/**
 * Shows a progress stream: on a terminal one line per layer, redrawn in place; elsewhere a plain line per step.
 * @throws Error with the message of an error line
 */
export async function showProgress(source: Readable, output: ProgressOutput): Promise<void> {
  const lines = new Map<string, number>()
  for await (const line of jsonLines<ProgressLine>(source)) {
    if (line.errorDetail) throw new Error(line.errorDetail.message)
    if (line.aux !== undefined) continue
    if (!output.isTTY) output.write(plainText(line))
    else output.write(placed(line, lines, terminalText(line, output.columns)))
  }
}

/** Bars are for eyes. */
function plainText({ stream, status = '', id, progressDetail }: ProgressLine): string {
  if (stream !== undefined) return stream
  if (progressDetail && bar(progressDetail, 0) !== '') return ''
  return `${id === undefined ? '' : `${id}: `}${status}\n`
}

function terminalText({ stream, status = '', id, progressDetail }: ProgressLine, columns: number): string {
  if (stream !== undefined) return stream
  const prefix = id === undefined ? '' : `${id}: `
  return progressDetail ? `\x1b[2K\r${prefix}${status} ${bar(progressDetail, columns)}\r` : `${prefix}${status}\n`
}

/** A layer keeps its line until something comes that has none; `lines` remembers which it is, from the top. */
function placed({ id, progressDetail }: ProgressLine, lines: Map<string, number>, text: string): string {
  if (id === undefined || !progressDetail) {
    lines.clear()
    return text
  }
  const isNew = !lines.has(id)
  if (isNew) lines.set(id, lines.size)
  const up = lines.size - (lines.get(id) ?? 0)
  return `${isNew ? '\n' : ''}\x1b[${up}A${text}\x1b[${up}B`
}

const BAR_WIDTH = 50

/** `[=====>     ]  1.2MB/5.4MB`; no bar on a narrow terminal, no total when it is unknown. */
export function bar({ current = 0, total = 0 }: { readonly current?: number; readonly total?: number }, columns: number): string {
  if (current <= 0 && total <= 0) return ''
  if (total <= 0 || current > total) return humanSize(current).padStart(8)
  const filled = Math.min(BAR_WIDTH, Math.floor(Math.floor((current / total) * 100) / 2))
  const box = columns > 110 ? `[${'='.repeat(filled)}>${' '.repeat(BAR_WIDTH - filled)}] ` : ''
  return `${box}${humanSize(current).padStart(8)}/${humanSize(total)}`
}
