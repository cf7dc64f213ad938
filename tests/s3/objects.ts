import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { prefixOf, type RunningRegistry, testBucket } from '../registry/servers.ts'
import { testClient } from './ceph.ts'

/** What a registry has in the bucket, seen past it. */
export class Objects {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #prefix: string

  constructor(registry: RunningRegistry) {
    const { endpoint, bucket } = testBucket()
    this.#client = testClient(endpoint)
    this.#bucket = bucket
    this.#prefix = `${prefixOf(registry.dataFolder)}/`
  }

  /** Paths below `docker/registry/v2/`, in order. */
  async paths(): Promise<string[]> {
    const start = `${this.#prefix}docker/registry/v2/`
    const found: string[] = []
    for (let token: string | undefined; ; ) {
      const page = await this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: start, ContinuationToken: token }))
      found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(start.length)))
      token = page.NextContinuationToken
      if (token === undefined) return found
    }
  }

  async read(path: string): Promise<Buffer> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: `${this.#prefix}docker/registry/v2/${path}` }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }

  /** Keys of multipart uploads that nobody has ended. */
  async openUploads(): Promise<string[]> {
    const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: this.#prefix }))
    return Uploads.map(({ Key = '' }) => Key)
  }

  [Symbol.dispose](): void {
    this.#client.destroy()
  }
}
