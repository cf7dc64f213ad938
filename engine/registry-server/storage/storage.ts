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

/** A file that several requests add to, one after the other, maybe through several processes. Read and named by methods of its own. */
export interface GrowingFacts extends FileFacts {
  /** Another one whenever the content is another. */
  readonly version: string
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
  /**
   * Opens a file to give it to somebody: all of it, or a part.
   * @returns undefined when there is no such file; else what writes it into a stream, once, and leaves that open
   */
  open(path: string, range?: ByteRange): Promise<((target: Writable) => Promise<void>) | undefined>
  /** A small file, which appears, or changes, at once. */
  writeWhole(path: string, data: string | Uint8Array): Promise<void>
  /** Flushes a file and gives it another name. It has that at once, and maybe for a moment both. @returns whether there is such a file */
  move(from: string, to: string): Promise<boolean>
  /** Makes `modifiedAtMs` now. @returns whether there is such a file */
  touch(path: string): Promise<boolean>
  /** What is directly in a folder, in no order; nothing when there is no such folder. */
  list(folder: string): Promise<Entry[]>
  /** Removes what a process that died has left half written, when it is older than this. */
  removeUnfinished(olderThanMs: number): Promise<void>
  /** Removes a file, growing or not, or a folder with everything in it. Not there is fine. */
  remove(path: string): Promise<void>

  /** @returns undefined when there is no such growing file */
  growing(path: string): Promise<GrowingFacts | undefined>
  /** All of a growing file. @returns undefined when there is none */
  readGrowing(path: string): Promise<Readable | undefined>
  /**
   * Adds to a growing file, or makes one with its first bytes, or with none; what is behind `startByte` is cut off.
   * Without promise: what grows is flushed when {@link settle} makes it last.
   * @param startByte a size that the file had after another `append`
   * @returns the version that it has with these bytes, if nobody else has changed it meanwhile
   * @throws what `source` fails with; of what came before, a beginning may be kept
   */
  append(path: string, startByte: number, source: Readable): Promise<string>
  /** @param sizeBytes a size that the file had after another `append` */
  truncate(path: string, sizeBytes: number): Promise<void>
  /**
   * Makes a growing file a file, at once and flushed. What is left of the growing one is for the caller to remove.
   * @param version what it must be still: bytes of somebody else do not get in unseen
   * @returns false when it is another, or the file has gone
   */
  settle(path: string, to: string, version: string): Promise<boolean>
}
