import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { sizeDelimitedDecodeStream, sizeDelimitedEncode } from '@bufbuild/protobuf/wire'
import { INCOMING } from '../build/build-caches.ts'
import { type BuildHistoryEvent, BuildHistoryEventSchema, type StatusResponse, StatusResponseSchema } from './protocol/control_pb.ts'

const RECORD = '.record'
const TOLD = '.told.gz'

/** A build that is over, and what it takes on the disk. */
export interface KeptBuild {
  readonly event: BuildHistoryEvent
  readonly bytes: number
}

/**
 * Builds that are over, each in two files of a folder: its record, and what it has said of itself. Nothing is flushed: what a power cut
 * has left half is removed when the folder is read.
 */
export class HistoryFiles {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Reads the records, and removes what belongs to none. */
  async load(): Promise<KeptBuild[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const kept: KeptBuild[] = []
    const known = new Set<string>()
    for (const name of names.filter((one) => one.endsWith(RECORD) && !one.startsWith(INCOMING))) {
      const event = await readRecord(join(this.#folder, name))
      const own = event?.record && fileName(event.record.ref)
      if (!event || `${own}${RECORD}` !== name) continue
      kept.push({ event, bytes: await this.#bytesOf(event.record?.ref ?? '') })
      known.add(name).add(`${own}${TOLD}`)
    }
    for (const name of names) if (!known.has(name)) await rm(join(this.#folder, name), { force: true })
    return kept
  }

  /** The record comes last: with it, all is there. @returns how many bytes it takes */
  async add(ref: string, event: BuildHistoryEvent, told: readonly StatusResponse[]): Promise<number> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const incoming = join(this.#folder, `${INCOMING}${fileName(ref)}${TOLD}`)
    await pipeline(Readable.from(encoded(told)), createGzip(), createWriteStream(incoming, { mode: 0o600 }))
    await rename(incoming, this.#path(ref, TOLD))
    await this.change(ref, event)
    return this.#bytesOf(ref)
  }

  /** Writes the record anew. */
  async change(ref: string, event: BuildHistoryEvent): Promise<void> {
    const incoming = join(this.#folder, `${INCOMING}${fileName(ref)}${RECORD}`)
    await writeFile(incoming, toBinary(BuildHistoryEventSchema, event), { mode: 0o600 })
    await rename(incoming, this.#path(ref, RECORD))
  }

  /** What a build has said, as it said it. */
  async *told(ref: string): AsyncGenerator<StatusResponse, void> {
    const unpacked = createGunzip()
    // Whoever reads it hears what went wrong.
    pipeline(createReadStream(this.#path(ref, TOLD)), unpacked).catch(() => undefined)
    yield* sizeDelimitedDecodeStream(StatusResponseSchema, unpacked)
  }

  async remove(ref: string): Promise<void> {
    for (const suffix of [RECORD, TOLD]) await rm(this.#path(ref, suffix), { force: true })
  }

  async #bytesOf(ref: string): Promise<number> {
    const sizes = await Promise.all([RECORD, TOLD].map((suffix) => stat(this.#path(ref, suffix)).catch(() => undefined)))
    return sizes.reduce((total, one) => total + (one?.size ?? 0), 0)
  }

  #path(ref: string, suffix: string): string {
    return join(this.#folder, `${fileName(ref)}${suffix}`)
  }
}

/** A ref is whatever a client has made up. */
function fileName(ref: string): string {
  return createHash('sha256').update(ref).digest('hex')
}

async function readRecord(path: string): Promise<BuildHistoryEvent | undefined> {
  try {
    return fromBinary(BuildHistoryEventSchema, await readFile(path))
  } catch {
    return undefined // Half of one.
  }
}

function* encoded(told: readonly StatusResponse[]): Generator<Uint8Array> {
  for (const one of told) yield sizeDelimitedEncode(StatusResponseSchema, one)
}
