import type { Readable, Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { Demultiplexer } from './demultiplexer.ts'

/**
 * Copies a container's output to ours until it ends; ours stays open. Waits when we are slower than the container.
 * @throws what the stream fails with
 */
export async function copyOutput(source: Readable, output: Writable, errors: Writable, isTty: boolean): Promise<void> {
  if (isTty) {
    source.pipe(output, { end: false })
    await finished(source, { writable: false })
  } else await pipeline(source, new Demultiplexer(output, errors))
}
