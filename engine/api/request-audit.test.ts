import { createServer, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AuditEntry, type Peer, RequestAudit } from './request-audit.ts'

const SOMEBODY: Peer = { transport: 'unix', pid: 1, uid: 2, gid: 3, command: 'somebody' }

let server: Server
let entries: AuditEntry[]
let added: PromiseWithResolvers<void>
let known: PromiseWithResolvers<Peer>
/** Requests that were let through. */
let begun: string[]
let audit: RequestAudit

beforeEach(async () => {
  entries = []
  begun = []
  added = Promise.withResolvers()
  known = Promise.withResolvers()
  audit = new RequestAudit({
    identify: () => known.promise,
    add(entry) {
      entries.push(entry)
      added.resolve()
    },
  })
  server = createServer(async (incoming, response) => {
    await audit.begin(incoming, response)
    begun.push(incoming.url ?? '')
    if (incoming.url !== '/waits') response.writeHead(204).end()
  })
  server.prependListener('connection', (socket: Socket) => audit.accepted(socket, 'unix'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const port = () => (server.address() as AddressInfo).port

function ask(path: string): void {
  const outgoing = request({ port: port(), path, method: 'POST' })
  outgoing.on('response', (response) => response.resume())
  outgoing.on('error', () => {}) // Cut off by the test.
  outgoing.end()
}

describe('a request', () => {
  it('waits until it is known who sent it, and is noted when it is over', async () => {
    ask('/x?a=b')
    await new Promise((resolve) => server.once('request', resolve))
    expect(begun).toEqual([])
    known.resolve(SOMEBODY)
    await added.promise
    expect(entries).toEqual([
      { time: expect.stringMatching(/^\d{4}-.*Z$/), who: SOMEBODY, method: 'POST', path: '/x?a=b', status: 204, durationMs: expect.any(Number) },
    ])
  })

  it('of a client that leaves at once is carried out and noted all the same', async () => {
    const client = connect(port(), '127.0.0.1', () => client.write('POST /waits HTTP/1.1\r\nHost: x\r\n\r\n'))
    await new Promise((resolve) => server.once('request', resolve))
    client.destroy()
    known.resolve(SOMEBODY)
    await added.promise
    expect(entries).toMatchObject([{ who: SOMEBODY, path: '/waits', end: 'client left' }])
    expect(entries[0]).not.toHaveProperty('status')
    expect(begun).toEqual(['/waits'])
  })

  it('that is under way is noted when the engine stops, once', async () => {
    known.resolve(SOMEBODY)
    ask('/waits')
    await new Promise((resolve) => server.once('request', resolve))
    await known.promise
    await new Promise(setImmediate)
    audit.stop()
    expect(entries).toMatchObject([{ who: SOMEBODY, path: '/waits', end: 'engine stopped' }])
    server.closeAllConnections()
    await new Promise(setImmediate)
    expect(entries).toHaveLength(1)
  })
})
