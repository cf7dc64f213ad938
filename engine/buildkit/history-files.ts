import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGunzip, gzip } from 'node:zlib'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { sizeDelimitedDecodeStream, sizeDelimitedEncode } from '@bufbuild/protobuf/wire'
import { INCOMING } from '../build/build-caches.ts'
import { type BuildHistoryEvent, BuildHistoryEventSchema, type StatusResponse, StatusResponseSchema } from './protocol/control_pb.ts'

/** In one piece: what a build has said is in memory, and usually a few kilobytes, for which streams would take longer. */
const pack = promisify(gzip)

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
    const packed = await pack(Buffer.concat(told.map((one) => sizeDelimitedEncode(StatusResponseSchema, one))))
    await writeFile(incoming, packed, { mode: 0o600 })
    await rename(incoming, this.#path(ref, TOLD))
    return packed.length + (await this.change(ref, event))
  }

  /** Writes the record anew. @returns how many bytes it takes */
  async change(ref: string, event: BuildHistoryEvent): Promise<number> {
    const incoming = join(this.#folder, `${INCOMING}${fileName(ref)}${RECORD}`)
    const bytes = toBinary(BuildHistoryEventSchema, event)
    await writeFile(incoming, bytes, { mode: 0o600 })
    await rename(incoming, this.#path(ref, RECORD))
    return bytes.length
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
