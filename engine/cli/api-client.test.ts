import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { ApiClient, CLIENT_API_VERSION, filtersOf, inPath } from './api-client.ts'
import { ApiError, ConnectionError } from './api-error.ts'
import { parseEndpoint } from './host.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A client of a daemon that says which API version it has, and answers everything else with `answer`. */
async function clientOf(version: string | undefined, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<ApiClient> {
  const server = createServer((request, response) => {
    if (request.url !== '/_ping') return answer(request, response)
    if (version !== undefined) response.setHeader('Api-Version', version)
    response.end()
  })
  server.on('upgrade', (request, socket) => {
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst ')
    socket.on('data', (chunk) => socket.write(`${request.url} ${chunk}`))
    socket.on('end', () => socket.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () => void server.closeAllConnections(),
    () => void server.close(),
  )
  return new ApiClient(parseEndpoint(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, undefined))
}

describe('ApiClient', () => {
  it.each([
    ['1.41', '/v1.41/info?a=1&b=x&b=y'],
    ['1.99', `/v${CLIENT_API_VERSION}/info?a=1&b=x&b=y`],
    [undefined, '/v1.24/info?a=1&b=x&b=y'],
  ])('speaks to a daemon of version %s', async (version, url) => {
    const client = await clientOf(version, (request, response) => response.end(JSON.stringify({ url: request.url })))
    expect(await client.json('GET', '/info', { query: { a: true, b: ['x', 'y'], c: false, d: undefined } })).toEqual({ url })
  })

  it('sends JSON with its type', async () => {
    const client = await clientOf('1.51', async (request, response) => response.end(JSON.stringify([request.headers['content-type'], await text(request)])))
    expect(await client.json('POST', '/x', { body: { a: 1 } })).toEqual(['application/json', '{"a":1}'])
  })

  it('throws the sentence of an error, JSON or not', async () => {
    const client = await clientOf('1.51', (request, response) => {
      response.statusCode = 404
      response.end(request.url?.endsWith('json') ? '{"message":"No such container: x"}\n' : 'plain words\r\n')
    })
    const failure = await client.call('GET', '/json').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ApiError)
    expect(failure).toMatchObject({ status: 404, message: 'Error response from daemon: No such container: x' })
    await expect(client.call('GET', '/text')).rejects.toThrow('Error response from daemon: plain words')
  })

  it('takes a connection over, with what came right behind the head, and closes one side of it', async () => {
    const client = await clientOf('1.51', (_, response) => response.end())
    const connection = await client.hijack('/attach', { query: { stdin: true } })
    connection.end('hello')
    expect(await text(connection)).toBe('first /v1.51/attach?stdin=1 hello')
  })

  it('says what to do when nobody listens', async () => {
    const client = new ApiClient(parseEndpoint('unix:///nope/docker.sock', undefined))
    const failure = await client.json('GET', '/info').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ConnectionError)
    expect(failure).toMatchObject({ message: expect.stringMatching(/^Cannot connect to the Engineroom daemon at unix:\/\/\/nope\/docker\.sock\..*npm start/) })
  })
})

describe('filtersOf', () => {
  it('puts the values of a key together', () => {
    expect(filtersOf(['label=a=b', 'label=c', ' Status = exited'])).toBe('{"label":{"a=b":true,"c":true},"status":{"exited":true}}')
  })
  it('is nothing without filters', () => expect(filtersOf([])).toBeUndefined())
})

describe('inPath', () => {
  it('keeps slashes, escapes the rest', () => expect(inPath('host:5000/a b?')).toBe('host%3A5000/a%20b%3F'))
})
