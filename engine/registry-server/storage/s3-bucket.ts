import { Readable } from 'node:stream'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { messageOf } from '../../errors.ts'
import type { S3Settings } from './s3-settings.ts'
import type { ByteRange, FileFacts } from './storage.ts'

export interface ListedObject extends FileFacts {
  readonly path: string
}

export interface Listing {
  readonly objects: readonly ListedObject[]
  /** The parts of paths up to the next `/`, where they were asked for. */
  readonly folders: readonly string[]
}

/** One bucket, or what of it is below a prefix: objects by their path. Each appears whole, and is seen by all at once. */
export class S3Bucket {
  readonly client: S3Client
  readonly name: string
  readonly #prefix: string

  constructor(settings: S3Settings) {
    this.client = new S3Client({
      region: settings.region,
      forcePathStyle: settings.isPathStyle,
      ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
      // Checksums as trailers are Amazon's invention of 2024: other servers take them for a part of the body.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
    this.name = settings.bucket
    this.#prefix = settings.prefix === '' ? '' : `${settings.prefix}/`
  }

  /** @throws Error when the bucket is not there, or not for us */
  async check(): Promise<void> {
    try {
      await this.client.send(new HeadBucketCommand({ Bucket: this.name }))
    } catch (error) {
      throw new Error(`the bucket ${this.name} cannot be used: ${reasonOf(error)}`, { cause: error })
    }
  }

  /** Where a path is, as the commands of the SDK want it. */
  at(path: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.name, Key: this.#prefix + path }
  }

  /** As a copy names its source. */
  sourceAt(path: string): string {
    return encodeURIComponent(`${this.name}/${this.#prefix}${path}`).replaceAll('%2F', '/')
  }

  /** @returns a path from a key; undefined when it is not one of ours */
  pathOf(key: string | undefined): string | undefined {
    return key?.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : undefined
  }

  facts(path: string): Promise<FileFacts | undefined> {
    return unlessMissing(async () => {
      const { ContentLength = 0, LastModified } = await this.client.send(new HeadObjectCommand(this.at(path)))
      return { sizeBytes: ContentLength, modifiedAtMs: LastModified?.getTime() ?? 0 }
    })
  }

  get(path: string, range?: ByteRange): Promise<Readable | undefined> {
    return unlessMissing(async () => {
      const { Body } = await this.client.send(new GetObjectCommand({ ...this.at(path), ...(range && { Range: `bytes=${range.first}-${range.last}` }) }))
      if (!(Body instanceof Readable)) throw new Error(`the bucket ${this.name} gave no bytes for ${path}`)
      return Body
    })
  }

  async put(path: string, data: string | Uint8Array): Promise<void> {
    await this.client.send(new PutObjectCommand({ ...this.at(path), Body: data, ContentLength: Buffer.byteLength(data) }))
  }

  /** Within the server; of at most 5 GiB. */
  async copy(from: string, to: string): Promise<void> {
    await this.client.send(new CopyObjectCommand({ ...this.at(to), CopySource: this.sourceAt(from) }))
  }

  /** Not there is fine. */
  async delete(path: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.at(path)))
  }

  /** What begins with this, in the order of paths. @param delimiter `/` for what is directly below alone */
  async list(start: string, delimiter?: '/'): Promise<Listing> {
    const objects: ListedObject[] = []
    const folders: string[] = []
    for (let token: string | undefined; ; ) {
      const { Bucket, Key: Prefix } = this.at(start)
      const page = await this.client.send(new ListObjectsV2Command({ Bucket, Prefix, Delimiter: delimiter, ContinuationToken: token }))
      for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
        const path = this.pathOf(Key)
        if (path !== undefined) objects.push({ path, sizeBytes: Size, modifiedAtMs: LastModified?.getTime() ?? 0 })
      }
      for (const { Prefix: folder } of page.CommonPrefixes ?? []) folders.push(this.pathOf(folder) ?? '')
      token = page.NextContinuationToken
      if (token === undefined) return { objects, folders }
    }
  }
}

/** `NoSuchBucket` is 404, too, and must not look as if there were merely no such object. */
async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof S3ServiceException && (error.name === 'NotFound' || error.name === 'NoSuchKey')) return undefined
    throw error
  }
}

/** The answer to a HEAD has no body that would say more than its status. */
function reasonOf(error: unknown): string {
  if (!(error instanceof S3ServiceException)) return messageOf(error)
  const status = error.$metadata.httpStatusCode
  if (status === 404) return 'there is none of this name'
  if (status === 403) return 'access denied'
  return status === 301 ? 'it is in another region' : messageOf(error)
}
