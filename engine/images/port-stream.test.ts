import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { PortReader, PortWriter } from './port-stream.ts'

function ends(): { writer: PortWriter; reader: PortReader } {
  const { port1, port2 } = new MessageChannel()
  return { writer: new PortWriter(port1), reader: new PortReader(port2) }
}

describe('a stream through a port', () => {
  it('brings all bytes in their order', async () => {
    const bytes = randomBytes(5_000_000)
    const { writer, reader } = ends()
    const chunks = Array.from({ length: 100 }, (_, i) => bytes.subarray(i * 50_000, (i + 1) * 50_000))
    const [arrived] = await Promise.all([buffer(reader), pipeline(Readable.from(chunks), writer)])
    expect(arrived.equals(bytes)).toBe(true)
  })

  it('is at its end with nothing in it', async () => {
    const { writer, reader } = ends()
    writer.end()
    expect((await buffer(reader)).length).toBe(0)
  })

  it('stops at what the reader does not take', async () => {
    const { writer, reader } = ends()
    let written = 0
    while (writer.write(randomBytes(100_000))) written++
    expect(written).toBeLessThan(20)
    const drained = new Promise((resolve) => writer.once('drain', resolve))
    reader.resume()
    await drained
    writer.destroy()
    reader.once('error', () => undefined)
  })

  it('that breaks off is an error for the reader', async () => {
    const { writer, reader } = ends()
    writer.write(Buffer.from('half'))
    writer.destroy()
    await expect(buffer(reader)).rejects.toThrow('broke off')
  })

  it('closes when the reader goes', async () => {
    const { writer, reader } = ends()
    const closed = new Promise((resolve) => writer.once('close', resolve))
    reader.destroy()
    await closed
    expect(writer.destroyed).toBe(true)
  })
})
