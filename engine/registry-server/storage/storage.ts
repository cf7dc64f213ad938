import type { Readable, Writable } from 'node:stream'

export interface FileFacts {
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

/** Both ends are included. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

export interface Entry {
  readonly name: string
  readonly isFolder: boolean
}

/**
 * Files by their path: all that the registry wants of what it stores on. Paths are relative, with `/`; folders come
 * and go with the files in them. What a method has promised is there after a power cut.
 */
export interface Storage {
  /** @returns undefined when there is no such file */
  stat(path: string): Promise<FileFacts | undefined>
  /** A small file. @returns undefined when there is no such file */
  readWhole(path: string): Promise<Buffer | undefined>
  /** @returns undefined when there is no such file */
  read(path: string): Promise<Readable | undefined>
  /**
   * Opens a file to give it to somebody: all of it, or a part.
   * @returns undefined when there is no such file; else what writes it into a stream, once, and leaves that open
   */
  open(path: string, range?: ByteRange): Promise<((target: Writable) => Promise<void>) | undefined>
  /** A small file, which appears, or changes, at once. */
  writeWhole(path: string, data: string | Uint8Array): Promise<void>
  /**
   * Writes into a file from a byte on, and cuts off what was behind it. Without promise: a file grows here until {@link move} makes it last.
   * @throws what `source` fails with; what came before is kept
   */
  append(path: string, startByte: number, source: Readable): Promise<void>
  truncate(path: string, sizeBytes: number): Promise<void>
  /** Flushes the file and gives it its name, at once. @returns whether there is such a file */
  move(from: string, to: string): Promise<boolean>
  /** Makes `modifiedAtMs` now. @returns whether there is such a file */
  touch(path: string): Promise<boolean>
  /** What is directly in a folder, in no order; nothing when there is no such folder. */
  list(folder: string): Promise<Entry[]>
  /** Removes what a process that died has left half written, when it is older than this. */
  removeUnfinished(olderThanMs: number): Promise<void>
  /** Removes a file, or a folder with everything in it. Not there is fine. */
  remove(path: string): Promise<void>
}
