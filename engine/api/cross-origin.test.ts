import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { CrossOrigin, type Transport } from './cross-origin.ts'

function answerTo(origins: string[], origin: string | undefined, transport: Transport = 'tcp') {
  const request = new IncomingMessage(new Socket())
  if (origin !== undefined) request.headers.origin = origin
  const response = new ServerResponse(request)
  new CrossOrigin(origins).admit(request, response, transport)
  return response.getHeaders()
}

const PANEL = 'https://panel.example'

describe('a page elsewhere', () => {
  it('that was named is told so, and only it', () => {
    expect(answerTo([PANEL, 'http://other.example'], PANEL)).toMatchObject({ 'access-control-allow-origin': PANEL, vary: 'Origin' })
  })

  it('may be any, if all were named', () => expect(answerTo(['*'], PANEL)).toMatchObject({ 'access-control-allow-origin': '*' }))

  it.each([[[]], [[PANEL]]])('is refused over tcp and TLS where %j may', (origins) => {
    for (const origin of ['https://evil.example', 'null', '', 'https://panel.example.evil.example', 'http://panel.example', 'https://panel.example:8443']) {
      for (const transport of ['tcp', 'tls'] as const) expect(() => answerTo(origins, origin, transport)).toThrow(`pages of ${origin} may not use this engine`)
    }
  })

  it('cannot reach a unix socket by itself: whoever forwards it there answers for it, and the browser hides the answer', () => {
    expect(answerTo([], PANEL, 'unix')).toEqual({})
  })
})

it('a client that is no page needs nothing', () => {
  expect(answerTo([], undefined)).toEqual({})
  expect(answerTo([PANEL], undefined)).toEqual({ vary: 'Origin' })
})
