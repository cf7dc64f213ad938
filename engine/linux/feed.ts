import type { Readable, Writable } from 'node:stream'

/**
 * Gives a tool its input. A tool may leave before the input ends, as tar(1) does at the end mark of an archive: when
 * that is a success, the rest is read and dropped, so that whoever measures the input on its way sees all of it.
 * @param ended of the tool: settles once it has ended, and fails as it does
 * @throws what `source` fails with, or what `ended` does; the source is destroyed then
 */
export async function feed(source: Readable, input: Writable, ended: Promise<void>): Promise<void> {
  let wake = () => {}
  input.on('drain', () => wake())
  input.once('close', () => wake())
  input.on('error', () => wake()) // A broken pipe: `ended` says why.
  for await (const chunk of source) {
    if (input.destroyed) await ended
    else if (!input.write(chunk) && !input.destroyed) await new Promise<void>((resolve) => (wake = resolve))
  }
  input.end()
  await ended
}
