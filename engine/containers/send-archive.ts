import type { Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PackedTar } from '../linux/tar.ts'

/**
 * Writes an archive to `output`, which is ended only when the archive is whole: a reader must not take a part for it.
 * @throws Error when the archive cannot be made, or the reader went away; `output` is then destroyed
 */
export async function sendArchive(packed: PackedTar, edit: Transform, output: Writable): Promise<void> {
  const outcomes = await Promise.allSettled([packed.done, pipeline(packed.stream, edit, output, { end: false })])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) {
    output.destroy()
    throw failed.reason
  }
  output.end()
}
