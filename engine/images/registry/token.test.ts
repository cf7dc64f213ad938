import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { getGlobalDispatcher } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { authorizationFor, type TokenRequest } from './token.ts'

interface Asked {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly body: string
}

let server: Server
let realm: string
let asked: Asked[]
let answer: { status: number; body: string }
beforeAll(async () => {
  server = createServer(async (request: IncomingMessage, response) => {
    asked.push({ method: request.method, url: request.url, authorization: request.headers.authorization, body: await text(request) })
    response.writeHead(answer.status).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
})
afterAll(() => void server.close())
beforeEach(() => {
  asked = []
  answer = { status: 200, body: '{"token":"T"}' }
})

const auth = { username: 'u', password: 'p:w', identityToken: '', registryToken: '' }
const BASIC = `Basic ${Buffer.from('u:p:w').toString('base64')}`

function authorize(request: Partial<TokenRequest>): Promise<string> {
  const { signal } = new AbortController()
  const challenge = `Bearer realm="${realm}",service="registry.example"`
  return authorizationFor({
    challenge,
    scopes: ['repository:a/b:pull'],
    auth: undefined,
    url: 'https://r/v2/',
    agents: { for: async () => getGlobalDispatcher() },
    signal,
    ...request,
  })
}

describe('a bearer challenge', () => {
  it('is answered with a token for the service and the scope', async () => {
    expect(await authorize({})).toBe('Bearer T')
    expect(asked).toEqual([{ method: 'GET', url: '/token?service=registry.example&scope=repository%3Aa%2Fb%3Apull', authorization: undefined, body: '' }])
  })

  it('shows who asks', async () => {
    await authorize({ auth })
    expect(asked[0]?.authorization).toBe(BASIC)
  })

  it('takes access_token as well', async () => {
    answer = { status: 200, body: '{"access_token":"A"}' }
    expect(await authorize({})).toBe('Bearer A')
  })

  it('refreshes an identity token', async () => {
    await authorize({ auth: { ...auth, identityToken: 'refresh me' }, scopes: ['repository:a/b:pull', 'repository:c/d:pull'] })
    expect(asked[0]).toMatchObject({ method: 'POST', url: '/token', authorization: undefined })
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      service: 'registry.example',
      scope: 'repository:a/b:pull repository:c/d:pull',
      grant_type: 'refresh_token',
      client_id: 'docker',
      refresh_token: 'refresh me',
    })
  })

  it('sends a registry token as it is, and asks nobody', async () => {
    expect(await authorize({ auth: { ...auth, registryToken: 'R' } })).toBe('Bearer R')
    expect(asked).toEqual([])
  })

  it('that is refused is unauthorized', async () => {
    answer = { status: 401, body: '{}' }
    await expect(authorize({ auth })).rejects.toThrow(
      expect.objectContaining({ kind: 'unauthorized', message: expect.stringContaining('unauthorized: incorrect username or password') }),
    )
  })

  it('without a token in the answer, or without a server, is an error', async () => {
    answer = { status: 200, body: '{}' }
    await expect(authorize({})).rejects.toThrow('authorization server did not include a token in the response')
    await expect(authorize({ challenge: 'Bearer service="x"' })).rejects.toThrow('the registry names no token server')
  })
})

describe('a basic challenge', () => {
  it('is answered with name and password', async () => expect(await authorize({ challenge: 'Basic realm="x"', auth })).toBe(BASIC))
  it('needs them', async () => await expect(authorize({ challenge: 'basic realm="x"' })).rejects.toThrow('Get "https://r/v2/": no basic auth credentials'))
})

describe('another challenge', () => {
  it('is not understood', async () => await expect(authorize({ challenge: 'Negotiate' })).rejects.toThrow('unauthorized: authentication required'))
})
