import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { inParallel } from './in-parallel.ts'
import type { ListedObject, S3Bucket } from './s3-bucket.ts'
import { joinPieces } from './s3-multipart.ts'
import type { GrowingFacts } from './storage.ts'

/** A registry holds two of these in memory for each upload. 10,000, the most that an object can be made of, are 80 GiB. */
const SEGMENT_BYTES = 8 * 1024 * 1024
const START_DIGITS = 16
const REMOVALS_AT_A_TIME = 8

type Segment = Pick<ListedObject, 'path' | 'sizeBytes'>

/**
 * Files that grow, where objects cannot: each is a folder of segments, `<path>/<first byte>-<some id>`, which are written
 * once and never changed. The file is what begins at byte 0 and goes on where the one before ends; what does not is of
 * a process that died, or of one that wrote at the same time, and no part of it. All processes see the same, and a version is
 * the names of the segments.
 */
export class S3Growing {
  readonly #bucket: S3Bucket

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket
  }

  async facts(path: string): Promise<GrowingFacts | undefined> {
    const listed = await this.#listed(path)
    if (listed.length === 0) return undefined
    const chain = chainOf(listed)
    return { sizeBytes: sizeOf(chain), modifiedAtMs: Math.max(...listed.map(({ modifiedAtMs }) => modifiedAtMs)), version: versionOf(chain) }
  }

  async read(path: string): Promise<Readable | undefined> {
    const listed = await this.#listed(path)
    return listed.length === 0 ? undefined : Readable.from(this.#bytesOf(chainOf(listed)), { objectMode: false })
  }

  async *#bytesOf(chain: readonly Segment[]): AsyncGenerator<Buffer> {
    for (const segment of chain) {
      const stream = await this.#bucket.get(segment.path)
      if (!stream) throw new Error(`${segment.path} was removed by another process`)
      yield* stream
    }
  }

  /** One segment is stored while the next one comes; never two, so that there is no hole when one fails. */
  async append(path: string, startByte: number, source: Readable): Promise<string> {
    const chain = await this.#cut(path, startByte)
    let at = startByte
    let stored = Promise.resolve()
    const store = async (data: Buffer): Promise<void> => {
      await stored
      const segment = { path: `${path}/${String(at).padStart(START_DIGITS, '0')}-${randomUUID()}`, sizeBytes: data.length }
      stored = this.#bucket.put(segment.path, data)
      stored.catch(() => source.destroy()) // Whoever waits for it next throws it; until then, nothing more need come.
      if (data.length > 0) chain.push(segment)
      at += data.length
    }
    const waiting = new Waiting()
    try {
      for await (const chunk of source) {
        waiting.add(chunk)
        if (waiting.sizeBytes >= SEGMENT_BYTES) await store(waiting.take())
      }
    } finally {
      if (waiting.sizeBytes > 0 || at === 0) await store(waiting.take())
      await stored
    }
    return versionOf(chain)
  }

  async truncate(path: string, sizeBytes: number): Promise<void> {
    await this.#cut(path, sizeBytes)
  }

  async settle(path: string, to: string, version: string): Promise<boolean> {
    const listed = await this.#listed(path)
    const chain = chainOf(listed)
    if (listed.length === 0 || versionOf(chain) !== version) return false
    if (chain.length === 0) await this.#bucket.put(to, '')
    else await joinPieces(this.#bucket, chain, to)
    return true
  }

  /** Removes what does not end before this byte; an empty segment stays, so that the file does. @returns what is left */
  async #cut(path: string, sizeBytes: number): Promise<Segment[]> {
    const listed = await this.#listed(path)
    const behind = listed.filter((segment) => segment.sizeBytes > 0 && startOf(segment) >= sizeBytes)
    await inParallel(behind, REMOVALS_AT_A_TIME, (segment) => this.#bucket.delete(segment.path))
    const left = chainOf(listed.filter((segment) => !behind.includes(segment)))
    if (sizeOf(left) !== sizeBytes) throw new Error(`${path} has never had ${sizeBytes} bytes`)
    return left
  }

  async #listed(path: string): Promise<readonly ListedObject[]> {
    return (await this.#bucket.list(`${path}/`)).objects
  }
}

/** @param listed in the order of paths */
function chainOf(listed: readonly Segment[]): Segment[] {
  const chain: Segment[] = []
  for (const segment of listed) if (segment.sizeBytes > 0 && startOf(segment) === sizeOf(chain)) chain.push(segment)
  return chain
}

function startOf({ path }: Segment): number {
  return Number(nameOf(path).slice(0, START_DIGITS))
}

function sizeOf(chain: readonly Segment[]): number {
  return chain.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

function versionOf(chain: readonly Segment[]): string {
  return createHash('sha256')
    .update(chain.map(({ path }) => nameOf(path)).join())
    .digest('hex')
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Bytes that are not yet enough for a segment. */
class Waiting {
  #chunks: Buffer[] = []
  sizeBytes = 0

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.sizeBytes += chunk.length
  }

  take(): Buffer {
    const data = Buffer.concat(this.#chunks)
    this.#chunks = []
    this.sizeBytes = 0
    return data
  }
}
