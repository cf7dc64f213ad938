import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { digestOf } from '../digest.ts'
import type { Patience } from './agents.ts'
import { RepositoryClient } from './client.ts'
import { layerStream } from './layer-stream.ts'

const bytes = Buffer.from('0123456789'.repeat(1000))
const layer = { digest: digestOf(bytes), size: bytes.length }

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** What comes from a registry that answers its first request by the first function, and so on. */
async function streamed(answers: readonly Answer[], descriptor: { digest: string; size?: number } = layer): Promise<string> {
  let calls = 0
  const got = await received((request, response) => answers[calls++]?.(request, response), descriptor)
  expect(calls).toBe(answers.length)
  return got
}

async function received(answer: Answer, descriptor: { digest: string; size?: number }, patience?: Patience): Promise<string> {
  server = createServer(answer)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const endpoint = { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, isInsecure: true, scheme: 'http' } as const
  const { signal } = new AbortController()
  const ways = { proxies: { http: '', https: '', none: '' }, certificateFolders: [], ...(patience && { patience }) }
  await using client = new RepositoryClient({ endpoint, repository: 'a/b', auth: undefined, actions: 'pull', signal, ways })
  const got = await buffer(layerStream(client, descriptor, { signal, onWait: () => undefined }))
  return got.toString()
}

const all: Answer = (_, response) => void response.end(bytes)
const brokenAfter =
  (length: number): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, length), () => response.destroy())
  }
const refused =
  (status: number): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'retry-after': '0' }).end()

describe('a broken connection', () => {
  it('is continued where it broke, by a range', async () => {
    let asked: string | undefined
    const ranged: Answer = ({ headers }, response) => {
      asked = headers.range
      const start = Number(/^bytes=(\d+)-$/.exec(asked ?? '')?.[1])
      response.writeHead(206, { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }).end(bytes.subarray(start))
    }
    expect(await streamed([brokenAfter(3000), ranged])).toBe(bytes.toString())
    expect(asked).toBe('bytes=3000-')
  })

  it('is begun again where the registry knows no ranges, and nothing comes twice', async () => {
    expect(await streamed([brokenAfter(3000), all])).toBe(bytes.toString())
  })

  it('an answer that starts elsewhere is put in its place, or refused', async () => {
    const from =
      (start: number): Answer =>
      (_, response) =>
        void response.writeHead(206, { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }).end(bytes.subarray(start))
    expect(await streamed([brokenAfter(3000), from(1000)])).toBe(bytes.toString())
    await expect(streamed([brokenAfter(3000), from(4000)])).rejects.toThrow('left out bytes')
  })
})

describe('a registry that is busy', () => {
  it.each([429, 500, 502, 503])('%d is waited out', async (status) => expect(await streamed([refused(status), refused(status), all])).toBe(bytes.toString()))

  it('for ever is a refusal in the end', () => expect(streamed(Array(5).fill(refused(503)))).rejects.toThrow('received unexpected HTTP status: 503'))

  it.each([401, 403, 404])('%d is no bad moment', async (status) => {
    const answers = status === 401 ? [refused(401)] : [refused(status)]
    await expect(streamed(answers)).rejects.toThrow()
  })
})

describe('a registry that lies about the size', () => {
  it('more is cut off as soon as it comes', async () => {
    const endless: Answer = (_, response) => {
      const write = () => {
        while (!response.destroyed && response.write(bytes));
        response.once('drain', write)
      }
      write()
    }
    await expect(streamed([endless])).rejects.toThrow(`it should have ${bytes.length} bytes, the registry sent more than ${bytes.length}`)
  })

  it('less is no end', () =>
    expect(streamed([(_, response) => void response.end(bytes.subarray(0, 500))])).rejects.toThrow(
      `it should have ${bytes.length} bytes, the registry sent 500`,
    ))
})

describe('a registry that stalls', () => {
  /** Short enough to see its end; a good answer that misses it on a busy machine is merely asked for once more. */
  const patience = { headersTimeout: 300, bodyTimeout: 300 }
  const good: Answer = ({ headers: { range } }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}).end(bytes.subarray(from))
  }

  it.each<[string, Answer]>([
    ['before the head of its answer', () => undefined],
    ['in the middle of it', (_, response) => void response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 4000))],
  ])(
    '%s is asked again',
    async (_, stalled) => {
      let calls = 0
      const got = await received((request, response) => (calls++ === 0 ? stalled : good)(request, response), layer, patience)
      expect(got).toBe(bytes.toString())
      expect(calls).toBeGreaterThan(1)
    },
    30_000,
  )
})
