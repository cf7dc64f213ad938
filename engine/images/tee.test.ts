import { Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { Tee } from './tee.ts'

const CHUNKS = ['one', 'two', 'three', 'four'].map((text) => Buffer.from(text))

/** Takes its time for each chunk. */
function slow(): { stream: Writable; taken: () => string } {
  let taken = ''
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      taken += chunk.toString()
      setImmediate(done)
    },
  })
  return { stream, taken: () => taken }
}

describe('Tee', () => {
  it('gives both the same, at the pace of the slower', async () => {
    const second = slow()
    const tee = new Tee(second.stream)
    const [first] = await Promise.all([buffer(tee), pipeline(Readable.from(CHUNKS), tee)])
    expect(first.toString()).toBe('onetwothreefour')
    expect(second.stream.writableEnded).toBe(true)
    expect(second.taken()).toBe('onetwothreefour')
  })

  it('goes on without a second that is gone, even while it waits for it', async () => {
    const stuck = new Writable({ highWaterMark: 1, write: () => setImmediate(() => stuck.destroy()) })
    const tee = new Tee(stuck)
    const [first] = await Promise.all([buffer(tee), pipeline(Readable.from(CHUNKS), tee)])
    expect(first.toString()).toBe('onetwothreefour')
  })

  it('does not let the second take a part for the whole', async () => {
    const second = slow()
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('half')
        throw new Error('cut')
      })(),
    )
    const tee = new Tee(second.stream)
    await expect(Promise.all([buffer(tee), pipeline(broken, tee)])).rejects.toThrow('cut')
    expect([second.stream.destroyed, second.stream.writableEnded]).toEqual([true, false])
  })
})
