import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { Content } from '../../../engine/buildkit/protocol/content_pb.ts'
import { sha256 } from '../../api/images/archives.ts'

/** A client's folders with blobs, by the names that it gives them: here they are in memory. */
export class ContentStores {
  /** Called when half of a blob was given. */
  onRead: (blob: Buffer) => Promise<void> | void = () => undefined
  /** Called when bytes of a blob have come, before they are answered. */
  onWrite: () => Promise<void> | void = () => undefined
  readonly #stores = new Map<string, Map<string, Buffer>>()

  /** The blobs of one, by digest. */
  of(id: string): Map<string, Buffer> {
    const store = this.#stores.get(id) ?? new Map<string, Buffer>()
    this.#stores.set(id, store)
    return store
  }

  serve(router: ConnectRouter): void {
    const read = (blob: Buffer) => this.onRead(blob)
    const written = () => this.onWrite()
    const storeOf = (headers: Headers) => this.of(headers.get('buildkit-attachable-store-id') ?? '')
    const blobOf = (headers: Headers, digest: string) => {
      const blob = storeOf(headers).get(digest)
      if (!blob) throw new ConnectError(`content ${digest}: not found`, Code.NotFound)
      return blob
    }
    router.service(Content, {
      info: ({ digest }, { requestHeader }) => ({ info: { digest, size: BigInt(blobOf(requestHeader, digest).length) } }),
      async *read({ digest }, { requestHeader }) {
        const blob = blobOf(requestHeader, digest)
        yield { data: new Uint8Array(blob.subarray(0, blob.length / 2)) }
        await read(blob)
        yield { data: new Uint8Array(blob.subarray(blob.length / 2)) }
      },
      async *write(incoming, { requestHeader }) {
        const pieces: Uint8Array[] = []
        for await (const { action, data, expected, total } of incoming) {
          if (storeOf(requestHeader).has(expected)) throw new ConnectError(`content ${expected}: already exists`, Code.AlreadyExists)
          if (action === 1) {
            pieces.push(data)
            await written()
          }
          const whole = Buffer.concat(pieces)
          if (action === 2) {
            if (`sha256:${sha256(whole)}` !== expected || BigInt(whole.length) !== total) throw new ConnectError('unexpected commit', Code.FailedPrecondition)
            storeOf(requestHeader).set(expected, whole)
          }
          yield { action, offset: BigInt(whole.length) }
          if (action === 2) return
        }
      },
    })
  }
}
