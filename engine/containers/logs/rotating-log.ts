import { stat } from 'node:fs/promises'
import { hasCode } from '../../errors.ts'
import { Lock } from '../../lock.ts'
import { compressSegment } from './compress.ts'
import type { RotationPolicy } from './log-policy.ts'
import { type LogSource, type OpenSegment, openSegment } from './log-source.ts'
import { inodeOf, type Segments } from './segments.ts'

/** What the log asks of its writer. */
export interface LogWriter {
  /** Goes on with the next file. @returns false when nobody writes any more */
  reopen(): Promise<boolean>
  /** Whether a request to reopen may still be obeyed. */
  isThere(): Promise<boolean>
}

/** Between two looks for whether conmon has obeyed: it does within a millisecond, unless the machine is busy. */
const LOOK_MS = { first: 1, most: 50 }

/**
 * A log with `max-size`. Nothing is lost when it is rotated, not even when the daemon is killed at any line:
 *
 * 1. The next segment is made, with its name, beside the current one (`prepareNext`).
 * 2. conmon is told to reopen its log. It closes the current segment, which is complete from then on, and renames the
 *    next one to `container.log`. All bytes before are in the one, all after in the other.
 * 3. Only when that was seen do readers go on to the next segment, and are segments beyond `max-file` removed.
 *
 * A daemon that was killed after 1 or 2 asks again. Should conmon obey twice, the second file is one that it made
 * itself: it is found and named by {@link Segments.current}.
 */
export class RotatingLog implements LogSource {
  readonly #segments: Segments
  readonly #policy: RotationPolicy
  readonly #lock = new Lock()
  readonly #compressing = new Lock()
  readonly #listeners = new Set<() => void>()
  readonly #end = new AbortController()
  readonly #onTrouble: (error: unknown) => void
  #current = 0
  #currentInode: number | undefined

  /** @param onTrouble is told of what is not needed for reading or writing, and is tried again */
  constructor(segments: Segments, policy: RotationPolicy, onTrouble: (error: unknown) => void) {
    this.#segments = segments
    this.#policy = policy
    this.#onTrouble = onTrouble
  }

  async open(): Promise<OpenSegment[]> {
    if (this.#current === 0) await this.#lock.run(() => this.#notice())
    const opened: OpenSegment[] = []
    for (const number of await this.#segments.numbers()) {
      const segment = number <= this.#current ? await openSegment(this.#segments, number) : undefined
      if (segment) opened.push(segment)
    }
    return opened
  }

  async openAfter(number: number): Promise<OpenSegment | undefined> {
    for (const later of await this.#segments.numbers()) {
      const opened = later > number && later <= this.#current ? await openSegment(this.#segments, later) : undefined
      if (opened) return opened
    }
    return undefined
  }

  isCurrent(number: number): boolean {
    return number >= this.#current
  }

  onRotation(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** To be called before a writer starts. */
  prepare(): Promise<void> {
    return this.#lock.run(async () => {
      await this.#segments.create()
      await this.#settle()
    })
  }

  /** Rotates when there is too much in the current segment. Cheap when there is not. */
  async check(writer: LogWriter): Promise<void> {
    if (!(await this.#isDue())) return
    await this.#lock.run(async () => {
      await this.#notice()
      if (!this.#end.signal.aborted && (await this.#isDue())) await this.#rotate(writer)
    })
  }

  /** To be called when there is no writer any more: finishes or undoes what it was asked for last. */
  settle(): Promise<void> {
    return this.#lock.run(() => this.#settle())
  }

  /** Lets go of the files: the log is about to be removed, or the daemon to end. */
  async close(): Promise<void> {
    this.#end.abort()
    await this.#lock.run(() => undefined)
    await this.#compressing.run(() => undefined)
  }

  async #settle(): Promise<void> {
    await this.#notice()
    await this.#segments.abandonNext(this.#current)
    await this.#tidy()
  }

  async #rotate(writer: LogWriter): Promise<void> {
    const before = this.#current
    await this.#segments.prepareNext(before)
    if (!(await writer.reopen())) return
    for (let waitMs = LOOK_MS.first; (await inodeOf(this.#segments.path)) === this.#currentInode; waitMs = Math.min(2 * waitMs, LOOK_MS.most)) {
      if (this.#end.signal.aborted || !(await writer.isThere())) return
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
    await this.#notice()
    await this.#tidy()
  }

  /** Tells the readers, when another segment has become the current one. */
  async #notice(): Promise<void> {
    const current = await this.#segments.current()
    this.#currentInode = await inodeOf(this.#segments.path)
    if (current === this.#current) return
    this.#current = current
    for (const listener of this.#listeners) listener()
  }

  /** Whether there is something to do: too much in the current segment, or another current segment than we know of. */
  async #isDue(): Promise<boolean> {
    try {
      const { ino, size } = await stat(this.#segments.path)
      return ino !== this.#currentInode || size >= this.#policy.maxSizeBytes
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false
      throw error
    }
  }

  /** Removes the segments beyond `max-file`, and compresses the others that are complete, without keeping anyone waiting. */
  async #tidy(): Promise<void> {
    const complete = (await this.#segments.numbers()).filter((number) => number < this.#current)
    const surplus = complete.length + 1 - this.#policy.maxFiles
    for (const number of complete.splice(0, Math.max(0, surplus))) await this.#segments.remove(number)
    if (this.#policy.compresses) for (const number of complete) this.#compress(number)
  }

  #compress(number: number): void {
    void this.#compressing.run(async () => {
      if (this.#end.signal.aborted || (await inodeOf(this.#segments.plain(number))) === undefined) return
      await compressSegment(this.#segments, number, this.#end.signal).catch((error: unknown) => {
        if (!this.#end.signal.aborted) this.#onTrouble(error)
      })
    })
  }
}
