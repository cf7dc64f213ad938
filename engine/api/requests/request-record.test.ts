import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Peer } from '../request-audit.ts'
import type { RecordedRequest } from './recorded-request.ts'
import { RequestRecord } from './request-record.ts'

const SOMEBODY: Peer = { transport: 'unix', pid: 1, uid: 2, gid: 3, command: 'somebody' }

let server: Server
let record: RequestRecord
let asked: number
let handle: (incoming: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  asked = 0
  record = new RequestRecord(async () => {
    asked += 1
    return SOMEBODY
  })
  handle = (_, response) => response.writeHead(200, { 'X-Registry-Auth': 's3cret' }).end('{"ok":true}')
  server = createServer((incoming, response) => {
    response.setHeader('Server', 'Test')
    record.begin(incoming, response, 'unix')
    handle(incoming, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const port = () => (server.address() as AddressInfo).port

/** Sends it, and waits for the whole answer. */
async function ask(path: string, body = '', headers: Record<string, string> = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request({ port: port(), path, method: 'POST', headers }, resolve).on('error', reject).end(body)
  return text(await promise)
}

/** The next state of a call that fits. */
function next(fits: (call: RecordedRequest) => boolean): Promise<RecordedRequest> {
  const { promise, resolve } = Promise.withResolvers<RecordedRequest>()
  const leave = record.watch((call) => {
    if (!fits(call)) return
    resolve(call)
    leave()
  })
  return promise
}

const isOver = (call: RecordedRequest) => call.isDone

describe('while nobody looks', () => {
  it('a call is remembered, without its sender, headers or bodies', async () => {
    await ask('/containers/create?name=x', '{"Image":"busybox"}', { 'User-Agent': 'Docker-Client/28' })
    const [call] = record.all()
    expect(call?.detail()).toMatchObject({
      method: 'POST',
      target: '/containers/create?name=x',
      agent: 'Docker-Client/28',
      isWindow: false,
      phase: 'done',
      status: 200,
    })
    expect(Object.keys(call?.detail() ?? {})).not.toEqual(expect.arrayContaining(['request']))
    expect(call?.summary().sentBytes).toBeGreaterThan(11)
    expect(asked).toBe(0)
  })

  it('only the last ones are remembered', async () => {
    for (let n = 0; n < 505; n += 1) await ask(`/${n}`)
    expect(record.all().map((call) => call.summary().target)).toEqual(Array.from({ length: 500 }, (_, n) => `/${n + 5}`))
  })
})

describe('while somebody looks', () => {
  let leave: () => void
  beforeEach(() => {
    leave = record.watch(() => {})
  })

  it('sender, headers and bodies are there, and no secret', async () => {
    const over = next(isOver)
    expect(await ask('/build?buildargs=%7B%7D', '{"password":"pw","n":1}', { 'X-Registry-Config': 'e30=', 'X-Engineroom-Window': '1' })).toBe('{"ok":true}')
    const detail = (await over).detail()
    expect(detail).toMatchObject({ target: '/build?buildargs=(hidden)', isWindow: true, peer: SOMEBODY, phase: 'done', status: 200 })
    expect(detail.request?.headers).toContainEqual(['X-Registry-Config', '(hidden)'])
    expect(detail.request?.body).toEqual({ bytes: 23, text: '{"password":"(hidden)","n":1}', isCut: false })
    expect(detail.response?.headers).toEqual(
      expect.arrayContaining([
        ['server', 'Test'],
        ['x-registry-auth', '(hidden)'],
      ]),
    )
    expect(detail.response?.body).toEqual({ bytes: 11, text: '{"ok":true}', isCut: false })
  })

  it('a handler gets the body as if nobody read along, and a long one is kept in part', async () => {
    handle = async (incoming, response) => response.end(`${(await text(incoming)).length}`)
    const over = next(isOver)
    expect(await ask('/upload', 'é'.repeat(100_000))).toBe('100000')
    const body = (await over).detail().request?.body
    expect(body).toMatchObject({ bytes: 200_000, isCut: true })
    expect(body?.text).toBe('é'.repeat(16 * 1024))
  })

  it('what is no text is counted only', async () => {
    handle = (_, response) => response.end(Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, 104, 105]))
    const over = next(isOver)
    await ask('/logs')
    expect((await over).detail().response?.body).toEqual({ bytes: 10, text: null, isCut: false })
  })

  it('a stream is open until it ends; a client that leaves before is told', async () => {
    handle = (_, response) => void response.writeHead(200).write('first\n')
    const begun = next((call) => call.summary().phase === 'open')
    const client = connect(port(), '127.0.0.1', () => client.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n'))
    const call = await begun
    expect(call.summary()).toMatchObject({ phase: 'open', status: 200 })
    expect(call.summary()).not.toHaveProperty('durationMs')
    const over = next(isOver)
    client.destroy()
    expect((await over).summary()).toMatchObject({ phase: 'done', status: 200, isBrokenOff: true })
  })

  it('details are forgotten with the last who looks', async () => {
    const over = next(isOver)
    await ask('/x', 'body')
    const call = await over
    expect(call.detail().request).toBeDefined()
    leave()
    expect(call.detail().request).toBeUndefined()
    expect(call.keptBytes).toBe(0)
  })

  it('all together they are kept to a bound: the oldest lose theirs first', async () => {
    const text = 'x'.repeat(32 * 1024)
    for (let n = 0; n < 260; n += 1) await ask(`/${n}`, text)
    const kept = record.all().map((call) => call.detail().request !== undefined)
    const firstKept = kept.indexOf(true)
    expect(firstKept).toBeGreaterThan(0)
    expect(kept.slice(firstKept)).not.toContain(false)
    expect(record.all().reduce((sum, call) => sum + call.keptBytes, 0)).toBeLessThanOrEqual(8 * 1024 * 1024)
  })

  it('whoever asks for the record is not in it', async () => {
    await ask('/v1.51/engineroom/v1/requests/1')
    await ask('/x?of=/engineroom/v1/requests')
    expect(record.all().map((call) => call.summary().target)).toEqual(['/x?of=/engineroom/v1/requests'])
  })
})

it('bytes are those of the call, not of the connection', async () => {
  const answered = Promise.withResolvers<void>()
  const client = connect(port(), '127.0.0.1', () => client.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n'))
  let answers = 0
  client.on('data', (data: Buffer) => {
    answers += data.toString().split('HTTP/1.1 200').length - 1
    if (answers === 1) client.write('GET /2 HTTP/1.1\r\nHost: x\r\n\r\n')
    else answered.resolve()
  })
  await answered.promise
  const over = next(isOver)
  client.write('GET /3 HTTP/1.1\r\nHost: x\r\n\r\n')
  await over
  client.destroy()
  const sizes = record.all().map((call) => call.summary().receivedBytes)
  expect(sizes).toEqual([sizes[0], sizes[0], sizes[0]])
})
