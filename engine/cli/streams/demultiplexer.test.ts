import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { Demultiplexer } from './demultiplexer.ts'

function frame(type: number, text: string): Buffer {
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

/** Collects what is written; takes each piece late when `isSlow`. */
function sink(log: string[], name: string, isSlow = false): Writable {
  return new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _, done) {
      log.push(`${name}:${chunk}`)
      if (isSlow) setImmediate(done)
      else done()
    },
  })
}

async function demultiplex(chunks: readonly Buffer[], isSlow = false): Promise<string[]> {
  const log: string[] = []
  await pipeline(chunks, new Demultiplexer(sink(log, 'out', isSlow), sink(log, 'err', isSlow)))
  return log
}

describe('Demultiplexer', () => {
  const stream = Buffer.concat([frame(1, 'a\n'), frame(2, 'b\n'), frame(1, 'c\n')])

  it('keeps the order of stdout and stderr', async () => {
    expect(await demultiplex([stream])).toEqual(['out:a\n', 'err:b\n', 'out:c\n'])
  })

  it('puts frames together that come in pieces, down to single bytes', async () => {
    const bytes = Array.from(stream, (byte) => Buffer.from([byte]))
    expect(await demultiplex(bytes)).toEqual(['out:a\n', 'err:b\n', 'out:c\n'])
  })

  it('waits for a slow output', async () => {
    expect(await demultiplex([stream], true)).toEqual(['out:a\n', 'err:b\n', 'out:c\n'])
  })

  it('throws what the daemon says in a frame of its own', async () => {
    await expect(demultiplex([frame(3, 'Error grabbing logs: x')])).rejects.toThrow('error from daemon in stream: Error grabbing logs: x')
  })

  it('throws when it is no such stream', async () => {
    await expect(demultiplex([Buffer.from('hello there')])).rejects.toThrow('Unrecognized input header: 104')
  })
})
