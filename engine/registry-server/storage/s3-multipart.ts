import { buffer } from 'node:stream/consumers'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { inParallel } from './in-parallel.ts'
import type { S3Bucket } from './s3-bucket.ts'
import type { ByteRange } from './storage.ts'

/** All parts but the last must have this. @see Amazon S3, "Multipart upload limits" */
const PART_BYTES = 5 * 1024 * 1024
/** A copy of more than this has to be one of parts. */
const COPY_LIMIT_BYTES = 5 * 1024 ** 3
const COPY_PART_BYTES = 512 * 1024 * 1024
const PARTS_AT_A_TIME = 4

/** A whole object, or some bytes of it. */
export interface Piece {
  readonly path: string
  readonly sizeBytes: number
  readonly range?: ByteRange
}

/** Makes one object of others, in their order: it is there whole, at once, or not at all. */
export async function joinPieces(bucket: S3Bucket, pieces: readonly Piece[], to: string): Promise<void> {
  const parts = groupPieces(pieces)
  const [only] = parts
  if (only && parts.length === 1) return putTogether(bucket, only, to)
  const { UploadId } = await bucket.client.send(new CreateMultipartUploadCommand(bucket.at(to)))
  try {
    const tags = await inParallel(parts, PARTS_AT_A_TIME, async (part, index) => ({
      PartNumber: index + 1,
      ETag: await uploadPart(bucket, part, { ...bucket.at(to), UploadId, PartNumber: index + 1 }),
    }))
    await bucket.client.send(new CompleteMultipartUploadCommand({ ...bucket.at(to), UploadId, MultipartUpload: { Parts: tags } }))
  } catch (error) {
    await bucket.client.send(new AbortMultipartUploadCommand({ ...bucket.at(to), UploadId })).catch((failed) => {
      throw new SuppressedError(failed, error)
    })
    throw error
  }
}

/** Within the server, of any size; `to` is there whole or not at all. */
export async function copyObject(bucket: S3Bucket, { path, sizeBytes }: Piece, to: string): Promise<void> {
  if (sizeBytes <= COPY_LIMIT_BYTES) return bucket.copy(path, to)
  const starts = Array.from({ length: Math.ceil(sizeBytes / COPY_PART_BYTES) }, (_, index) => index * COPY_PART_BYTES)
  const pieceAt = (first: number): Piece => {
    const last = Math.min(first + COPY_PART_BYTES, sizeBytes) - 1
    return { path, sizeBytes: last - first + 1, range: { first, last } }
  }
  await joinPieces(bucket, starts.map(pieceAt), to)
}

/** Removes what {@link joinPieces} has begun and, since its process died, not ended. */
export async function abortUnfinished(bucket: S3Bucket, olderThanMs: number): Promise<void> {
  const { Bucket, Key: Prefix } = bucket.at('')
  for (let marker: { KeyMarker?: string; UploadIdMarker?: string } = {}; ; ) {
    const page = await bucket.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...marker }))
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Date.now() - (Initiated?.getTime() ?? 0) <= olderThanMs) continue
      await bucket.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(unlessEnded)
    }
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return
    marker = { KeyMarker: page.NextKeyMarker, ...(page.NextUploadIdMarker !== undefined && { UploadIdMarker: page.NextUploadIdMarker }) }
  }
}

/** Another process may have ended it since the list was made. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof Error && error.name === 'NoSuchUpload')) throw error
}

/** Neighbours that are too small for a part go together. @returns the pieces of each part */
export function groupPieces(pieces: readonly Piece[]): Piece[][] {
  const parts: Piece[][] = []
  let sizeBytes = Number.POSITIVE_INFINITY
  for (const piece of pieces) {
    if (sizeBytes >= PART_BYTES) {
      parts.push([])
      sizeBytes = 0
    }
    parts.at(-1)?.push(piece)
    sizeBytes += piece.sizeBytes
  }
  return parts
}

/** What is one part is one object. */
async function putTogether(bucket: S3Bucket, part: readonly Piece[], to: string): Promise<void> {
  const [only] = part
  if (only && part.length === 1) await bucket.copy(only.path, to)
  else await bucket.put(to, await read(bucket, part))
}

/** @returns its tag */
async function uploadPart(bucket: S3Bucket, part: readonly Piece[], target: { Bucket: string; Key: string; UploadId: string | undefined; PartNumber: number }) {
  const [only] = part
  if (only && part.length === 1) {
    const CopySourceRange = only.range && `bytes=${only.range.first}-${only.range.last}`
    const { CopyPartResult } = await bucket.client.send(new UploadPartCopyCommand({ ...target, CopySource: bucket.sourceAt(only.path), CopySourceRange }))
    return CopyPartResult?.ETag
  }
  return (await bucket.client.send(new UploadPartCommand({ ...target, Body: await read(bucket, part) }))).ETag
}

async function read(bucket: S3Bucket, pieces: readonly Piece[]): Promise<Buffer> {
  const read = async ({ path, range }: Piece): Promise<Buffer> => {
    const stream = await bucket.get(path, range)
    if (!stream) throw new Error(`${path} was removed by another process`)
    return buffer(stream)
  }
  return Buffer.concat(await inParallel(pieces, PARTS_AT_A_TIME, read))
}
