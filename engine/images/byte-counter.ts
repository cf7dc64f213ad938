import { Transform } from 'node:stream'

/**
 * Tells how many bytes have passed.
 * @param onBytes called with the total so far
 */
export function byteCounter(onBytes: (total: number) => void): Transform {
  let total = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length
      onBytes(total)
      done(null, chunk)
    },
  })
}
