import type { Readable } from 'node:stream'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect'
import { EngineError } from '../errors.ts'
import type { Digest } from '../images/digest.ts'
import type { Images } from '../images/images.ts'
import type { Part } from '../images/part.ts'
import { Outbox } from './outbox.ts'
import { Content, type WriteContentRequestSchema } from './protocol/content_pb.ts'
import type { ClientSession } from './session.ts'

type WriteInit = MessageInitShape<typeof WriteContentRequestSchema>

const SERVICE = '/containerd.services.content.v1.Content'

/** Says which folder of the client's is meant. */
const STORE_ID = 'buildkit-attachable-store-id'

const ASK = 0
const WRITE = 1
const COMMIT = 2

/** A message has a largest size. */
const MOST_BYTES = 256 * 1024
const MOST_WAITING = 16

/**
 * A folder of the client's with blobs by their digest. What is written to it is whole, or not there.
 * @see containerd, api/services/content/v1
 */
export class ClientStore {
  readonly #client: Client<typeof Content>
  readonly #call: { readonly headers: Record<string, string>; readonly signal: AbortSignal }

  /** @throws EngineError `invalid` when the client has no such folders */
  constructor(session: ClientSession, id: string, signal: AbortSignal) {
    for (const method of ['Info', 'Read', 'Write']) {
      if (!session.offers(`${SERVICE}/${method}`)) throw new EngineError('invalid', `method ${SERVICE}/${method} not supported by the client`)
    }
    this.#client = createClient(Content, session.transport)
    this.#call = { headers: { [STORE_ID]: id }, signal }
  }

  /** Writes blobs of ours, in the order given. Those that it has are passed over. */
  async putAll(images: Images, parts: readonly Part[]): Promise<void> {
    for (const part of parts) await this.#put(part, images.blobs.read(part.digest))
  }

  /** @returns undefined when it is not there */
  async sizeOf(digest: Digest): Promise<number | undefined> {
    try {
      const { info } = await this.#client.info({ digest }, this.#call)
      return Number(info?.size ?? 0)
    } catch (error) {
      if (isOf(error, Code.NotFound)) return undefined
      throw error
    }
  }

  async *read(digest: Digest): AsyncGenerator<Buffer> {
    for await (const { data } of this.#client.read({ digest }, this.#call)) yield Buffer.from(data)
  }

  async #put({ digest, size }: Part, bytes: Readable): Promise<void> {
    const outbox = new Outbox<WriteInit>()
    const answers = this.#client.write(outbox, this.#call)
    const filling = fill(outbox, bytes, { digest, size })
    filling.catch(() => outbox.end())
    let isWhole = false
    try {
      for await (const { action } of answers) {
        isWhole = action === COMMIT
        if (isWhole) break
      }
    } catch (error) {
      if (!isOf(error, Code.AlreadyExists)) throw error
      return
    } finally {
      outbox.end()
      bytes.destroy()
      await Promise.allSettled([filling])
    }
    await filling
    if (!isWhole) throw new EngineError('system', `the client did not take all of ${digest}`)
  }
}

async function fill(outbox: Outbox<WriteInit>, bytes: Readable, { digest, size }: Pick<Part, 'digest' | 'size'>): Promise<void> {
  const total = BigInt(size)
  outbox.put({ action: ASK, ref: digest, total, expected: digest })
  let offset = 0
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += MOST_BYTES) {
      const data = new Uint8Array(chunk.subarray(at, at + MOST_BYTES))
      outbox.put({ action: WRITE, ref: digest, offset: BigInt(offset), data })
      offset += data.length
    }
    await outbox.below(MOST_WAITING)
  }
  outbox.put({ action: COMMIT, ref: digest, offset: BigInt(offset), total, expected: digest })
}

function isOf(error: unknown, code: Code): boolean {
  return error instanceof ConnectError && error.code === code
}
