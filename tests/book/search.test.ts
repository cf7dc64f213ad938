import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Registry } from '../api/images/registry-server.ts'
import { engineroom } from '../cli/ours.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'

/**
 * The chapter's technique 10, "find and run an image from Docker Hub". The real one cannot be reached here: a server of
 * the test's own answers searches, in the Hub's format, and hands everything else to a real registry.
 */
let registry: Registry
let hub: Hub
let daemon: TestDaemon
beforeAll(async () => {
  registry = await Registry.start({ withPassword: true })
  hub = await Hub.start(registry.port)
  daemon = await startDaemon({ flags: ['--hub', hub.url] })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await hub[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const LONG = 'Docker Official Image: a runtime for server-side and networking applications'
const REPOSITORIES = [
  { name: 'somebody/node', description: 'a node of\nsomebody', star_count: 3, is_official: false, is_automated: true },
  { name: 'node', description: LONG, star_count: 13_000, is_official: true, is_automated: false },
  { name: 'other/node', description: '', star_count: 40, is_official: false },
]

class Hub implements AsyncDisposable {
  readonly #server: Server
  /** Each search: path and query, and who asked. */
  readonly searches: string[] = []
  status = 200

  private constructor(registryPort: number) {
    this.#server = createServer((incoming, response) => {
      if (incoming.url?.startsWith('/v1/search')) this.#search(incoming, response)
      else forward(incoming, response, registryPort)
    })
  }

  static async start(registryPort: number): Promise<Hub> {
    const hub = new Hub(registryPort)
    await new Promise<void>((resolve) => hub.#server.listen(0, '127.0.0.1', resolve))
    return hub
  }

  get host(): string {
    const address = this.#server.address()
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }

  get url(): string {
    return `http://${this.host}`
  }

  #search({ url, headers }: IncomingMessage, response: ServerResponse): void {
    this.searches.push(`${url} ${headers.authorization ?? ''}`.trim())
    response.writeHead(this.status, { 'content-type': 'application/json' }).end(JSON.stringify({ num_results: REPOSITORIES.length, results: REPOSITORIES }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function forward(incoming: IncomingMessage, response: ServerResponse, port: number): void {
  const onward = request({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.once('error', () => response.destroy())
  incoming.pipe(onward)
}

describe('docker search', () => {
  const names = async (...args: string[]) => (await daemon.ok('search', '--format', '{{.Name}}', ...args)).split('\n')

  test('lists name, description, stars and what is official, the most popular first; our client says the same', async () => {
    const args = ['search', '--format', 'table {{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}', 'node']
    const theirs = await daemon.docker(args)
    expect(theirs.stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'NAME            DESCRIPTION                                     STARS     OFFICIAL',
      'node            Docker Official Image: a runtime for server-…   13000     [OK]',
      'other/node                                                      40',
      'somebody/node   a node of somebody                              3',
      '',
    ])
    expect(await engineroom(daemon, args)).toEqual(theirs)
    expect(await daemon.ok('search', '--no-trunc', '--format', '{{.Description}}', '-f', 'is-official=true', 'node')).toBe(LONG)
  })

  test('filters by stars and by who made it', async () => {
    expect(await names('-f', 'stars=40', 'node')).toEqual(['node', 'other/node'])
    expect(await names('-f', 'is-official=false', 'node')).toEqual(['other/node', 'somebody/node'])
    expect(await names('-f', 'is-automated=true', 'node')).toEqual([''])
  })

  test('asks for as many as it may, 25 when nobody says', async () => {
    hub.searches.length = 0
    await daemon.ok('search', '--limit', '100', 'library/node')
    await daemon.ok('search', 'a b')
    await daemon.ok('search', `${hub.host}/tool`)
    expect(hub.searches).toEqual(['/v1/search?q=node&n=100', '/v1/search?q=a+b&n=25', '/v1/search?q=tool&n=25'])
  })

  test.each([
    ['a limit out of range', ['--limit', '101', 'x'], 'limit 101 is outside the range of [1, 100]'],
    ['stars that are no number', ['-f', 'stars=many', 'x'], "invalid filter 'stars=many'"],
    ['an unknown filter', ['-f', 'colour=red', 'x'], "invalid filter 'colour'"],
    ['a URL', ['http://x/y'], 'invalid repository name (ex: "registry.domain.tld/myrepos")'],
    [
      'nobody there',
      ['127.0.0.1:1/x'],
      'Error searching repositories: Get "http://127.0.0.1:1/v1/search?q=x&n=25": dial tcp 127.0.0.1:1: connect: connection refused',
    ],
  ])('%s is an error', async (_, args, message) => {
    expect(await daemon.docker(['search', ...args])).toMatchObject({ code: 1, stdout: '', stderr: `Error response from daemon: ${message}\n` })
  })

  test('a Hub in trouble is an error', async () => {
    hub.status = 503
    expect((await daemon.docker(['search', 'x'])).stderr).toBe('Error response from daemon: Unexpected status code 503\n')
    hub.status = 200
  })
})

test('login, push, and a first run that pulls', async () => {
  expect((await daemon.docker(['login', '-u', 'user', '--password-stdin'], { input: 'wrong' })).stderr).toContain(
    'unauthorized: incorrect username or password',
  )
  expect((await daemon.docker(['login', '-u', 'user', '--password-stdin'], { input: 'secret' })).stdout).toContain('Login Succeeded')
  await daemon.ok('tag', 'busybox', 'user/greeter')
  expect(await daemon.ok('push', 'user/greeter')).toMatch(/^The push refers to repository \[docker\.io\/user\/greeter]/m)
  await daemon.ok('rmi', 'user/greeter', 'busybox')

  const { code, stdout, stderr } = await daemon.docker(['run', '--rm', 'user/greeter', 'echo', 'from the Hub'])
  expect([code, stdout]).toEqual([0, 'from the Hub\n'])
  expect(stderr).toMatch(/^Unable to find image 'user\/greeter:latest' locally\nlatest: Pulling from user\/greeter\n/)
  expect(stderr).toMatch(/Status: Downloaded newer image for user\/greeter:latest\n$/)

  hub.searches.length = 0
  await daemon.ok('search', 'node')
  expect(hub.searches).toEqual([`/v1/search?q=node&n=25 Basic ${btoa('user:secret')}`])
  await daemon.ok('logout')
})
