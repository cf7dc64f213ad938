import type { Readable } from 'node:stream'

/**
 * A Node stream as the body of a Response. It is read only as fast as the page reads; when the page gives up, `giveUp`
 * is called. (Node's own `Readable.toWeb` counts chunks where it should count bytes and so reads far ahead.)
 */
export function bodyStream(source: Readable, giveUp: () => void): ReadableStream<Uint8Array> {
  // An error before the first read has no other listener yet; the iterator reports it to the reader.
  source.on('error', () => undefined)
  const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      cancel: giveUp,
    },
    { highWaterMark: 0 },
  )
}
