import { describe, expect, it } from 'vitest'
import { Conversation, Counter } from './conversation.ts'

/** Who says what, in order; `null` is the end of that side. */
type Script = readonly (readonly ['client' | 'engine', string | null])[]

/** What is told of it, one word each; pieces of data that follow each other are one. */
function told(script: Script, pieceBytes = Number.POSITIVE_INFINITY): string[] {
  const words: string[] = []
  let data = ''
  const conversation = new Conversation(new Counter(), ({ exchange, passing }) => {
    if (passing.kind === 'data') {
      const start = `#${exchange} ${passing.from}: `
      if (data.startsWith(start)) data = words.pop() ?? ''
      else data = start
      data += passing.data.toString('latin1')
      words.push(data)
      return
    }
    data = ''
    if (passing.kind === 'request') words.push(`#${exchange} ${passing.method} ${passing.target}`)
    else if (passing.kind === 'response') words.push(`#${exchange} ${passing.status} ${passing.reason}`)
    else words.push(`#${exchange} ${passing.kind}${passing.kind === 'end' ? ` ${passing.from}` : ''}`)
  })
  for (const [side, text] of script) {
    if (text === null) {
      if (side === 'client') conversation.clientEnded()
      else conversation.engineEnded()
      continue
    }
    const bytes = Buffer.from(text, 'latin1')
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + Math.min(pieceBytes, bytes.length))
      if (side === 'client') conversation.fromClient(piece)
      else conversation.fromEngine(piece)
    }
  }
  conversation.lost()
  return words
}

const UPGRADE = 'POST /attach HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}'

const CASES: readonly (readonly [string, Script, readonly string[]])[] = [
  [
    'a length, and nothing',
    [
      ['client', 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['engine', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
      ['client', 'POST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'],
      ['engine', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ],
    [
      '#1 GET /a',
      '#1 end client',
      '#1 200 OK',
      '#1 engine: hello',
      '#1 end engine',
      '#2 POST /b',
      '#2 client: {}',
      '#2 end client',
      '#2 204 No Content',
      '#2 end engine',
    ],
  ],
  [
    'chunks, both ways, with extensions and trailers',
    [
      ['client', 'POST /load HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n'],
      ['engine', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nTrailer: 1\r\n\r\n'],
    ],
    ['#1 POST /load', '#1 client: abc0123456789', '#1 end client', '#1 200 OK', '#1 engine: ok', '#1 end engine'],
  ],
  [
    'an answer to HEAD has no body, whatever its length says',
    [
      ['client', 'HEAD /_ping HTTP/1.1\r\n\r\n'],
      ['engine', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'],
      ['client', 'GET /x HTTP/1.1\r\n\r\n'],
    ],
    ['#1 HEAD /_ping', '#1 end client', '#1 200 OK', '#1 end engine', '#2 GET /x', '#2 end client', '#2 lost'],
  ],
  [
    'a connection that is taken over, each side with an end of its own; what was sent early is input',
    [
      ['client', `${UPGRADE}early `],
      ['engine', 'HTTP/1.1 101 UPGRADED\r\n\r\nout'],
      ['client', 'late'],
      ['client', null],
      ['engine', ' and on'],
      ['engine', null],
    ],
    [
      '#1 POST /attach',
      '#1 client: {}',
      '#1 end client',
      '#1 101 UPGRADED',
      '#1 client: early ',
      '#1 engine: out',
      '#1 client: late',
      '#1 end client',
      '#1 engine:  and on',
      '#1 end engine',
    ],
  ],
  [
    'an upgrade that is refused: the next request follows',
    [
      ['client', UPGRADE],
      ['engine', 'HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx'],
      ['client', 'GET /b HTTP/1.1\r\n\r\n'],
      ['engine', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ],
    [
      '#1 POST /attach',
      '#1 client: {}',
      '#1 end client',
      '#1 404 Not Found',
      '#1 engine: x',
      '#1 end engine',
      '#2 GET /b',
      '#2 end client',
      '#2 200 OK',
      '#2 end engine',
    ],
  ],
  [
    'docker’s 200 that takes the connection over',
    [
      ['client', 'POST /attach HTTP/1.1\r\n\r\n'],
      ['engine', 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n'],
      ['client', 'GET / HTTP/1.1 is what I typed\r\n\r\n'],
      ['client', null],
      ['engine', null],
    ],
    ['#1 POST /attach', '#1 end client', '#1 200 OK', '#1 client: GET / HTTP/1.1 is what I typed\r\n\r\n', '#1 end client', '#1 end engine'],
  ],
  [
    'an interim answer is none',
    [
      ['client', 'POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n'],
      ['engine', 'HTTP/1.1 100 Continue\r\n\r\n'],
      ['client', 'x'],
      ['engine', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ],
    ['#1 POST /x', '#1 client: x', '#1 end client', '#1 200 OK', '#1 end engine'],
  ],
  [
    'requests that do not wait for each other’s answers',
    [
      ['client', 'GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n'],
      ['engine', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb'],
    ],
    ['#1 GET /a', '#1 end client', '#1 200 OK', '#2 GET /b', '#2 end client', '#1 engine: a', '#1 end engine', '#2 200 OK', '#2 engine: b', '#2 end engine'],
  ],
  [
    'an answer that comes before the request is complete',
    [
      ['client', 'POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nab'],
      ['engine', 'HTTP/1.1 400 Bad\r\nContent-Length: 1\r\n\r\nx'],
      ['client', 'cd'],
      ['client', 'GET /b HTTP/1.1\r\n\r\n'],
    ],
    ['#1 POST /a', '#1 client: ab', '#1 400 Bad', '#1 engine: x', '#1 end engine', '#1 client: cd', '#1 end client', '#2 GET /b', '#2 end client', '#2 lost'],
  ],
  [
    'an answer without a length ends with the connection, and one that is broken off is lost',
    [
      ['client', 'GET /a HTTP/1.1\r\n\r\n'],
      ['engine', 'HTTP/1.0 200 OK\r\n\r\nall'],
      ['engine', null],
    ],
    ['#1 GET /a', '#1 end client', '#1 200 OK', '#1 engine: all', '#1 end engine'],
  ],
  [
    'half an answer',
    [
      ['client', 'GET /a HTTP/1.1\r\n\r\n'],
      ['engine', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
      ['engine', null],
    ],
    ['#1 GET /a', '#1 end client', '#1 200 OK', '#1 engine: half', '#1 lost'],
  ],
  ['no HTTP at all', [['client', 'SSH-2.0-OpenSSH\r\n\r\n']], []],
]

describe.each(CASES)('%s', (_, script, words) => {
  it('is told', () => expect(told(script)).toEqual(words))
  // Where both sides speak at once, order between them is the order of pieces: compared as sets there.
  it.each([1, 3])('is told the same in pieces of %i', (bytes) => expect(told(script, bytes).sort()).toEqual([...words].sort()))
})
