import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'

const MEMBER_BYTES = 64 * 1024 * 1024
const member = gzipSync(Buffer.alloc(MEMBER_BYTES))

/** A tar of one file of zeros, compressed a thousandfold: the same piece again and again. */
export function zeros(gib: number): Buffer {
  const header = Buffer.alloc(512)
  header.write('zeros')
  header.write('0000644\0', 100)
  header.writeUInt8(0x80, 124) // Larger than octal digits can say: base 256.
  header.writeUIntBE(gib * 1024 ** 3, 130, 6)
  header.write('        ', 148)
  header.write('0', 156)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  const count = (gib * 1024 ** 3) / MEMBER_BYTES
  return Buffer.concat([gzipSync(header), ...Array(count).fill(member), gzipSync(Buffer.alloc(1024))])
}

/** Gives a daemon a small disk in memory for its data, until disposal: then it is back where it was. */
export async function onSmallDisk(daemon: TestDaemon, size: string): Promise<{ readonly path: string } & AsyncDisposable> {
  await using undo = new AsyncDisposableStack()
  const path = await mkdtemp('/tmp/er-hostile-disk-')
  undo.defer(() => rm(path, { recursive: true }))
  expect((await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'er-test', path])).code).toBe(0)
  undo.defer(async () => expect((await run('umount', [path])).code).toBe(0))
  undo.defer(() => daemon.stop())
  await daemon.stop()
  await daemon.start(['--data-root', join(path, 'data')])
  const kept = undo.move()
  return {
    path,
    async [Symbol.asyncDispose]() {
      await kept[Symbol.asyncDispose]()
      await daemon.start()
    },
  }
}

export async function filesBelow(path: string): Promise<string[]> {
  return (await readdir(path, { recursive: true })).filter((name) => !name.includes('engine.db')).sort()
}
