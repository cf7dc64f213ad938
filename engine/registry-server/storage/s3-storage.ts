import type { Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { inParallel } from './in-parallel.ts'
import { S3Bucket } from './s3-bucket.ts'
import { S3Growing } from './s3-growing.ts'
import { abortUnfinished, copyObject } from './s3-multipart.ts'
import type { S3Settings } from './s3-settings.ts'
import type { ByteRange, Entry, FileFacts, GrowingFacts, Storage } from './storage.ts'

/** An empty object beside one, as young as the last `touch`: that of a layer would copy gigabytes to change a date. */
const TOUCHED = '.touched'
const REMOVALS_AT_A_TIME = 8

/**
 * A bucket of an object store: a file is an object, a folder what its keys have in common. What other processes do to the
 * same bucket is seen at once, and nothing here is remembered from one call to the next.
 */
export class S3Storage implements Storage {
  readonly #bucket: S3Bucket
  readonly #growing: S3Growing

  constructor(settings: S3Settings) {
    this.#bucket = new S3Bucket(settings)
    this.#growing = new S3Growing(this.#bucket)
  }

  /** @throws Error when the bucket is not there, or not for us */
  prepare(): Promise<void> {
    return this.#bucket.check()
  }

  async stat(path: string): Promise<FileFacts | undefined> {
    const [facts, touched] = await Promise.all([this.#bucket.facts(path), this.#bucket.facts(path + TOUCHED)])
    return facts && { sizeBytes: facts.sizeBytes, modifiedAtMs: Math.max(facts.modifiedAtMs, touched?.modifiedAtMs ?? 0) }
  }

  async readWhole(path: string): Promise<Buffer | undefined> {
    const stream = await this.#bucket.get(path)
    return stream && buffer(stream)
  }

  async open(path: string, range?: ByteRange): Promise<((target: Writable) => Promise<void>) | undefined> {
    const stream = await this.#bucket.get(path, range)
    return stream && ((target) => pipeline(stream, target, { end: false }))
  }

  writeWhole(path: string, data: string | Uint8Array): Promise<void> {
    return this.#bucket.put(path, data)
  }

  /** For a moment, or if this process dies in between, it has both names. */
  async move(from: string, to: string): Promise<boolean> {
    const facts = await this.#bucket.facts(from)
    if (!facts) return false
    await copyObject(this.#bucket, { path: from, sizeBytes: facts.sizeBytes }, to)
    await this.#bucket.delete(from)
    await this.#bucket.delete(from + TOUCHED)
    return true
  }

  /** The mark is there before the look: whoever removes the file after that has seen the mark. */
  async touch(path: string): Promise<boolean> {
    if (!(await this.#bucket.facts(path))) return false
    await this.#bucket.put(path + TOUCHED, '')
    const isThere = (await this.#bucket.facts(path)) !== undefined
    if (!isThere) await this.#bucket.delete(path + TOUCHED)
    return isThere
  }

  async list(folder: string): Promise<Entry[]> {
    const { objects, folders } = await this.#bucket.list(`${folder}/`, '/')
    const name = (path: string) => path.slice(folder.length + 1)
    return [
      ...folders.map((path) => ({ name: name(path).slice(0, -1), isFolder: true })),
      ...objects.map(({ path }) => ({ name: name(path), isFolder: false })),
    ]
  }

  removeUnfinished(olderThanMs: number): Promise<void> {
    return abortUnfinished(this.#bucket, olderThanMs)
  }

  /** First what has the name itself: it is what makes the rest count. */
  async remove(path: string): Promise<void> {
    await this.#bucket.delete(path)
    const { objects } = await this.#bucket.list(path)
    const parts = objects.filter((object) => object.path === path + TOUCHED || object.path.startsWith(`${path}/`))
    await inParallel(parts, REMOVALS_AT_A_TIME, (object) => this.#bucket.delete(object.path))
  }

  growing(path: string): Promise<GrowingFacts | undefined> {
    return this.#growing.facts(path)
  }

  readGrowing(path: string): Promise<Readable | undefined> {
    return this.#growing.read(path)
  }

  append(path: string, startByte: number, source: Readable): Promise<string> {
    return this.#growing.append(path, startByte, source)
  }

  truncate(path: string, sizeBytes: number): Promise<void> {
    return this.#growing.truncate(path, sizeBytes)
  }

  settle(path: string, to: string, version: string): Promise<boolean> {
    return this.#growing.settle(path, to, version)
  }
}
