import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { decompressed } from '../images/compression.ts'
import { BLOCK_BYTES, hasValidChecksum } from '../images/tar-entry.ts'
import { SpaceGuard } from '../linux/space-guard.ts'
import { extractTar } from '../linux/tar.ts'
import { TarEnd } from './tar-end.ts'

/** Whether a file is a tar archive, plain or compressed, that has at least one entry. @see tar(5) */
export async function isTarArchive(path: string): Promise<boolean> {
  const file = createReadStream(path)
  try {
    const head = await firstBlock(await decompressed(file))
    return head !== undefined && hasValidChecksum(head)
  } catch {
    return false // Damaged, or not what it seemed: a plain file then, as for docker.
  } finally {
    file.destroy()
  }
}

/**
 * Unpacks an archive, plain or compressed, also one without its end; stops before the disk is full.
 * @throws ToolError with tar's words; of a full disk, Error in one line
 */
export async function unpackArchive(source: Readable, folder: string): Promise<void> {
  const whole = new TarEnd()
  // What `source` fails with comes out of `whole`.
  pipeline(await decompressed(source), new SpaceGuard(folder), whole).catch(() => undefined)
  await extractTar(whole, folder)
}

async function firstBlock(stream: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  let head: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    head = Buffer.concat([head, chunk])
    if (head.length >= BLOCK_BYTES) return head.subarray(0, BLOCK_BYTES)
  }
  return undefined
}
