import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UnixServer } from '../testing/unix-server.ts'
import { appSite, SECURITY_HEADERS } from './app-site.ts'

let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'er-site-'))
  await mkdir(join(root, 'site', 'assets'), { recursive: true })
  await writeFile(join(root, 'site', 'index.html'), '<title>Engineroom</title>')
  await writeFile(join(root, 'site', 'assets', 'main.js'), 'export {}')
  await writeFile(join(root, 'secret.txt'), 'secret')
  await symlink('../secret.txt', join(root, 'site', 'link.txt'))
})
afterAll(() => rm(root, { recursive: true }))

function ask(path: string, init?: RequestInit, engineSocketPath = '/nowhere/engine.sock'): Promise<Response> {
  return appSite({ staticDir: join(root, 'site'), engineSocketPath: () => engineSocketPath })(new Request(`engineroom://app${path}`, init))
}

describe('the files of the page', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', '<title>Engineroom</title>'],
    ['/index.html', 'text/html; charset=utf-8', '<title>Engineroom</title>'],
    ['/assets/main.js', 'text/javascript; charset=utf-8', 'export {}'],
  ])('%s', async (path, type, body) => {
    const answer = await ask(path)
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, type, body])
  })

  test.each(['/secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/link.txt', '/assets', '/a%00b', '/%ff', '/no.html'])(
    '%s is not one of them',
    async (path) => {
      const answer = await ask(path)
      expect([answer.status, await answer.json()]).toEqual([404, { message: 'There is no such page.' }])
    },
  )

  test('are only read', async () => {
    expect((await ask('/', { method: 'POST' })).status).toBe(405)
  })
})

test('another host of our scheme is another site, and there is none', async () => {
  const site = appSite({ staticDir: join(root, 'site'), engineSocketPath: () => '/nowhere/engine.sock' })
  expect((await site(new Request('engineroom://elsewhere/'))).status).toBe(404)
  expect((await site(new Request('engineroom://elsewhere/engine/_ping'))).status).toBe(404)
})

test('every answer carries the security headers: page, refusal and engine alike', async () => {
  await using server = await UnixServer.http((_request, response) => response.writeHead(200, { 'Content-Security-Policy': 'default-src *' }).end('OK'))
  const answers = [await ask('/'), await ask('/no.html'), await ask('/engine/_ping'), await ask('/engine/_ping', {}, server.socketPath)]
  for (const { headers } of answers) for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(headers.get(name)).toBe(value)
})

test('/engine leads to the engine', async () => {
  await using server = await UnixServer.http((request, response) => response.end(request.url))
  const answer = await ask('/engine/containers/json?all=1', {}, server.socketPath)
  expect([await answer.text(), answer.headers.get('cache-control')]).toEqual(['/containers/json?all=1', 'no-store'])
})

test('an engine that is away is a 502 with a message', async () => {
  const answer = await ask('/engine/_ping')
  expect(answer.status).toBe(502)
  expect(await answer.json()).toEqual({ message: expect.stringMatching(/^The engine does not answer: .*ENOENT/) })
})
