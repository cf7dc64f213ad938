import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Log } from '../log.ts'
import { ClientOutput } from './client-output.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-output-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Ours, of those below the folder. @see proc(5), "/proc/pid/fd" */
async function openFiles(): Promise<string[]> {
  const paths = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))) // The list's own is closed.
  return paths.filter((path) => path.startsWith(`${folder}/`))
}

/** A client whose stream holds little; it reads when somebody reads `stream`. */
function client(spillFolder = folder) {
  const stream = new PassThrough({ highWaterMark: 1024 })
  const output = new ClientOutput({ output: stream, close: () => stream.end() }, spillFolder, new Log('fatal'))
  return { stream, output }
}

/** Four megabytes, no two of their kilobytes alike. */
const PIECES = Array.from({ length: 4096 }, (_, i) => Buffer.alloc(1024, String(i).padStart(8, '.')))

it('gives a prompt client everything, in order, then ends', async () => {
  const { stream, output } = client()
  const received = buffer(stream)
  for (const piece of PIECES) output.write(piece)
  output.end()
  expect((await received).equals(Buffer.concat(PIECES))).toBe(true)
})

it('keeps for a stalled client what it is behind, and gives it in order when it reads on', async () => {
  const { stream, output } = client()
  for (const piece of PIECES) {
    output.write(piece)
    if (Math.random() < 0.01) await sleep(1)
  }
  output.end()
  await sleep(20)
  expect((await buffer(stream)).equals(Buffer.concat(PIECES))).toBe(true)
})

it('keeps up with a client that reads and stalls by turns', async () => {
  const { stream, output } = client()
  const received: Buffer[] = []
  stream.on('data', (chunk: Buffer) => {
    received.push(chunk)
    if (received.length % 100 === 0) {
      stream.pause()
      setTimeout(() => stream.resume(), 1)
    }
  })
  const ended = new Promise((resolve) => stream.on('end', resolve))
  for (const piece of PIECES) {
    output.write(piece)
    if (Math.random() < 0.02) await sleep(1)
  }
  output.end()
  await ended
  expect(Buffer.concat(received).equals(Buffer.concat(PIECES))).toBe(true)
})

it('leaves no file behind, not even while the client stalls', async () => {
  const { stream, output } = client()
  for (const piece of PIECES) output.write(piece)
  // What is kept for it is in a file that has no name any more.
  await vi.waitFor(async () => expect(await openFiles()).toEqual([expect.stringMatching(/ \(deleted\)$/)]), 20_000)
  expect(await readdir(folder)).toEqual([])
  stream.destroy()
  await output.flushed()
}, 30_000)

it('gives a client up when what it is behind cannot be kept', async () => {
  const { stream, output } = client(join(folder, 'not-there'))
  for (const piece of PIECES) output.write(piece)
  await output.flushed()
  expect(stream.destroyed).toBe(true)
  output.write(Buffer.from('too late'))
})
