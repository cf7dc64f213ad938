import { type FileHandle, open } from 'node:fs/promises'
import { hasCode } from '../../errors.ts'
import type { Segments } from './segments.ts'

/** A file of a log, open for reading; the reader closes it. */
export interface OpenSegment {
  readonly number: number
  readonly file: FileHandle
  /** To be watched for changes while it is the last. */
  readonly path: string
  readonly isCompressed: boolean
}

/** Where a log is read from: one file, or several when it is rotated. */
export interface LogSource {
  /** All that there is now, oldest first; none when nothing was ever written. */
  open(): Promise<OpenSegment[]>
  /** The first after `number`; undefined when there is none. */
  openAfter(number: number): Promise<OpenSegment | undefined>
  /** Whether it may still grow. What is not current is complete. */
  isCurrent(number: number): boolean
  /** Calls `listener` when another segment has become the current one; the returned function forgets it. */
  onRotation(listener: () => void): () => void
}

/** A log that is never rotated. */
export class PlainLog implements LogSource {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async open(): Promise<OpenSegment[]> {
    const file = await openOrUndefined(this.#path)
    return file ? [{ number: 1, file, path: this.#path, isCompressed: false }] : []
  }

  async openAfter(): Promise<undefined> {
    return undefined
  }

  isCurrent(): boolean {
    return true
  }

  onRotation(): () => void {
    return () => undefined
  }
}

/** In whichever form it is; undefined once it was removed. A segment goes from plain to compressed, never back. */
export async function openSegment(segments: Segments, number: number): Promise<OpenSegment | undefined> {
  for (const isCompressed of [false, true]) {
    const path = isCompressed ? segments.compressed(number) : segments.plain(number)
    const file = await openOrUndefined(path)
    if (file) return { number, file, path, isCompressed }
  }
  return undefined
}

async function openOrUndefined(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
