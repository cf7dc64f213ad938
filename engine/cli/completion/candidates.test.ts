import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { candidates } from './candidates.ts'

/** An engine that knows a few names. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/_ping': 'OK',
  '/containers/json?all=1': [
    { Names: ['/web'], Image: 'nginx' },
    { Names: ['/done'], Image: 'busybox' },
  ],
  '/containers/json': [{ Names: ['/web'], Image: 'nginx' }],
  '/images/json': [{ RepoTags: ['busybox:latest', 'localhost:5000/tool:1'] }, { RepoTags: null }],
  '/networks': [{ Name: 'bridge', Driver: 'bridge' }],
  '/volumes': { Volumes: [{ Name: 'kept', Driver: 'local' }] },
} // prettier-ignore

let folder: string
let engine: Server
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-completion-'))
  engine = createServer(({ url = '' }, response) => {
    const path = url
      .replace(/^\/v[\d.]+/, '')
      .replace(/all=(true|1)/, 'all=1')
      .replace(/\?all=(false|0)$/, '')
      .replace(/\?$/, '')
    response.setHeader('Api-Version', '1.51').end(JSON.stringify(ANSWERS[path]))
  })
  engine.listen(join(folder, 'socket'))
  await once(engine, 'listening')
})
afterAll(async () => {
  engine.closeAllConnections()
  engine.close()
  await rm(folder, { recursive: true })
})

const wordsFor = async (line: string) => (await candidates(['-H', `unix://${join(folder, 'socket')}`, ...line.split(' ')])).map(({ word }) => word)

describe('a line is completed', () => {
  it.each([
    ['ru', ['run']],
    ['net', ['network']],
    ['network c', ['connect', 'create']],
    ['help network dis', ['disconnect']],
    ['help net', ['network']],
    ['run --net', ['--network', '--network-alias']],
    ['run --hel', ['--help']],
    ['daemon --tls', ['--tls', '--tlsverify', '--tlscacert', '--tlscert', '--tlskey']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['registry local s', ['status']],
  ])('%s', async (line, expected) => {
    expect(await wordsFor(line)).toEqual(expected)
  })

  it.each([
    ['rm ', ['web', 'done']],
    ['rm web d', ['done']],
    ['container rm d', ['done']],
    ['stop ', ['web']],
    ['exec -it ', ['web']],
    ['run loc', ['localhost:5000/tool:1']],
    ['run --network ', ['bridge']],
    ['run --network=b', ['--network=bridge']],
    ['network connect ', ['bridge']],
    ['network connect bridge ', ['web', 'done']],
    ['volume rm k', ['kept']],
    ['inspect ', ['web', 'done', 'busybox:latest', 'localhost:5000/tool:1', 'bridge', 'kept']],
  ])('with what the engine knows: %s', async (line, expected) => {
    expect(await wordsFor(line)).toEqual(expected)
  })

  it.each(['exec web ', 'run busybox --net', 'network create b', 'logs web ', 'run --name ', 'no-such ', 'ps x'])(
    'not where it can be anything: %s',
    async (line) => {
      expect(await wordsFor(line)).toEqual([])
    },
  )

  it('says what commands and flags are for', async () => {
    expect(await candidates(['pul'])).toEqual([{ word: 'pull', about: 'Download an image from a registry' }])
  })

  it('and without an engine names are missing, nothing else', async () => {
    expect(await candidates(['-H', `unix://${join(folder, 'none')}`, 'rm', ''])).toEqual([])
  })
})
