import { createWriteStream } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DirectFile } from '../../linux/direct-file.ts'
import { SpaceGuard } from '../../linux/space-guard.ts'
import type { ArrivingLayer } from '../arriving-layer.ts'
import { decompressed, isCompressed } from '../compression.ts'
import { type Digest, DigestMeter } from '../digest.ts'
import { textAt } from '../tar-entry.ts'
import { Tee } from '../tee.ts'

/** A plain file of an archive, and where its bytes are now. */
export interface ArchivedFile {
  readonly path: string
  /** Of its bytes in the archive. */
  readonly digest: Digest
  /** Of those at {@link path}, where a layer lies plain whatever it came as. */
  readonly storedDigest: Digest
  /** It is too small to be worth the while, and lies there as it came. */
  readonly isCompressed: boolean
  /** It was extracted on its way. */
  readonly layer?: ArrivingLayer
}

/** Where the files of an archive go. */
export interface ArchivePlace {
  readonly path: string
  /** Of the same disk. */
  readonly folder: string
  /** For what looks like a layer, and comes plain; undefined when it would be extracted in vain. */
  receive(): Promise<ArrivingLayer | undefined>
}

/** What is smaller is extracted later, if at all: an archive may have very many files that only look like layers. */
const LEAST_LAYER_BYTES = 64 * 1024

/** Enough to tell what a file is. */
const HEAD_BYTES = 512

/**
 * Stores a file of an archive. Which of them are layers is said at the archive's end: what looks like one is extracted on
 * its way, as that costs less than to read it again.
 */
export async function storeFile(content: AsyncIterable<Buffer>, sizeBytes: number, place: ArchivePlace): Promise<ArchivedFile> {
  const source = content[Symbol.asyncIterator]()
  const head = await headOf(source)
  const bytes = Readable.from(rejoined(head, source))
  const isPacked = isCompressed(head)
  if (sizeBytes < LEAST_LAYER_BYTES)
    return { ...(await storePlain(bytes, place, () => createWriteStream(place.path, { mode: 0o600 }))), isCompressed: isPacked }
  const target = () => new DirectFile(place.path)
  if (!(isPacked || isTar(head))) return storePlain(bytes, place, target)
  const layer = await place.receive()
  try {
    const stored = isPacked ? await storeDecompressed(bytes, place, target, layer) : await storePlain(bytes, place, target, layer)
    // One after the other: each has a tar(1) of its own.
    await Promise.allSettled([layer?.extracted])
    return stored
  } catch (error) {
    await layer?.[Symbol.asyncDispose]()
    throw error
  }
}

/** @param target opens the file, once there is a stream that will close it */
async function storePlain(bytes: Readable, { path, folder }: ArchivePlace, target: () => Writable, layer?: ArrivingLayer): Promise<ArchivedFile> {
  const meter = new DigestMeter()
  await pipeline([bytes, new SpaceGuard(folder), meter, ...(layer ? [new Tee(layer.input)] : []), target()])
  return { path, digest: meter.digest(), storedDigest: meter.digest(), isCompressed: false, ...(layer && { layer }) }
}

async function storeDecompressed(bytes: Readable, place: ArchivePlace, target: () => Writable, layer?: ArrivingLayer): Promise<ArchivedFile> {
  const meter = new DigestMeter()
  const measured = pipeline(bytes, meter)
  const [stored] = await Promise.all([decompressed(meter).then((plain) => storePlain(plain, place, target, layer)), measured])
  return { ...stored, digest: meter.digest() }
}

function isTar(head: Buffer): boolean {
  return head.length === HEAD_BYTES && textAt(head, 257, 5) === 'ustar'
}

async function headOf(source: AsyncIterator<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (let length = 0; length < HEAD_BYTES; ) {
    const next = await source.next()
    if (next.done) break
    chunks.push(next.value)
    length += next.value.length
  }
  return Buffer.concat(chunks)
}

async function* rejoined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head
  yield* { [Symbol.asyncIterator]: () => rest }
}
