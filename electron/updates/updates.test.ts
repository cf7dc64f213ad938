import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../tests/harness/until.ts'
import type { AppSettings, UpdateStatus } from '../ipc/contract.ts'
import type { ReleaseNews } from './release-news.ts'
import { signedBytes, withSignature } from './signature.ts'
import { Updates, type UpdatesParts } from './updates.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const WINDOW = Buffer.alloc(200_000, 'window')
const ENGINE = Buffer.alloc(100_000, 'engine')
const FILES = { 'engineroom_0.2.0_amd64.deb': WINDOW, 'engineroom-engine_0.2.0_amd64.deb': ENGINE }

let folder: string
let server: Server
let address: string
/** What the server was asked for. */
let asked: string[]
let news: ReleaseNews
let choice: Pick<AppSettings, 'updates' | 'updateFeed'>
let seen: UpdateStatus[]
let told: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  asked = []
  seen = []
  told = []
  news = {
    version: '0.2.0',
    releaseDate: '2026-01-01T00:00:00Z',
    signedAt: '2026-01-01T00:00:00Z',
    expiresAt: '9999-01-01T00:00:00Z',
    releaseNotes: 'More of everything.',
    files: Object.entries(FILES).map(([url, bytes]) => ({ url, sha512: createHash('sha512').update(bytes).digest('base64'), size: bytes.length })),
  }
  server = createServer(({ url = '' }, response) => {
    asked.push(url)
    const file = Object.entries(FILES).find(([name]) => url.endsWith(`/${name}`))?.[1]
    const words = JSON.stringify(news)
    if (url === '/feed/latest-linux.yml') response.end(withSignature(words, sign(null, signedBytes(words), privateKey)))
    else response.writeHead(file ? 200 : 404).end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  address = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}/feed`
  choice = { updates: 'tell', updateFeed: address }
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

function updates(more: Partial<UpdatesParts> = {}): Updates {
  return new Updates({
    installedVersion: '0.1.0',
    arch: 'x64',
    installation: { format: 'deb', key: publicKey, hasVm: false },
    isOfRepository: async () => false,
    notesPath: join(folder, 'updates.json'),
    folder: join(folder, 'fetched'),
    fetch,
    choice: () => choice,
    locks: {},
    changed: (status) => seen.push(status),
    tell: (version) => told.push(version),
    ...more,
  })
}

test('a newer version is offered, told of once, and not fetched unasked', async () => {
  const one = updates()
  expect(await one.look()).toMatchObject({ state: 'offered', version: '0.2.0', notes: 'More of everything.', canFetch: true, installedVersion: '0.1.0' })
  await one.look()
  await updates().look()
  expect(told).toEqual(['0.2.0'])
  expect(new Set(asked)).toEqual(new Set(['/feed/latest-linux.yml']))
})

test('what is fetched is checked, and installed by whoever types the command', async () => {
  const one = updates()
  await one.look()
  expect(await one.fetch()).toMatchObject({
    state: 'fetched',
    command: expect.stringMatching(/^sudo apt install '.*_0.2.0_amd64.deb' '.*engine_0.2.0_amd64.deb'$/),
  })
  for (const [name, bytes] of Object.entries(FILES)) expect(await readFile(join(folder, 'fetched/0.2.0', name))).toEqual(bytes)
  expect(seen.map(({ percent = 0 }) => percent)).toContain(100)
  expect((await stat(join(folder, 'fetched/0.2.0'))).mode & 0o777).toBe(0o700)
})

test('who wants it fetched has it fetched; a newer one takes its place, and what is installed goes', async () => {
  choice = { ...choice, updates: 'download' }
  const one = updates()
  expect((await one.look()).state).toBe('fetched')
  expect(await readdir(join(folder, 'fetched'))).toEqual(['0.2.0'])
  news = { ...news, version: '0.3.0' }
  expect((await one.look()).version).toBe('0.3.0')
  expect(await readdir(join(folder, 'fetched'))).toEqual(['0.3.0'])
  expect((await updates({ installedVersion: '0.3.0' }).look()).state).toBe('current')
  expect(await readdir(folder)).toEqual(['updates.json'])
})

describe('what was fetched is installed', () => {
  /** @param says what came of each installation */
  async function fetched(...says: (string | undefined)[]) {
    const installed: string[] = []
    const installer = async (release: string) => {
      installed.push(release)
      expect(await readFile(join(release, 'latest-linux.yml'), 'utf8')).toContain('# signed ed25519')
      return says.shift()
    }
    const one = updates({ installer })
    await one.look()
    await one.install()
    expect(await one.fetch()).toMatchObject({ state: 'fetched', canInstall: true, command: expect.stringContaining('sudo apt') })
    return { one, installed }
  }

  test('by who asks for it, and then it is no news any more', async () => {
    const { one, installed } = await fetched(undefined)
    expect(installed).toEqual([])
    expect(await one.install()).toEqual({ state: 'installed', version: '0.2.0', installedVersion: '0.1.0' })
    expect(installed).toEqual([join(folder, 'fetched/0.2.0')])
    expect(seen.map(({ state }) => state)).toContain('installing')
    expect(one.newerVersion).toBeUndefined()
    expect(await one.look()).toMatchObject({ state: 'installed', version: '0.2.0' })
  })

  test('or not, and can be tried again', async () => {
    const { one } = await fetched('', 'E: no room', undefined)
    const dismissed = await one.install()
    expect(dismissed).toMatchObject({ state: 'fetched', canInstall: true, command: expect.any(String) })
    expect(dismissed).not.toHaveProperty('detail')
    expect(await one.install()).toMatchObject({ state: 'fetched', detail: 'E: no room', canInstall: true })
    expect(await one.install()).toMatchObject({ state: 'installed' })
  })
})

describe('nobody is asked anything', () => {
  test.each<[string, Partial<AppSettings>, Partial<UpdatesParts>, UpdateStatus['state']]>([
    ['while it is off', { updates: 'off' }, {}, 'off'],
    ['without an address', { updateFeed: '' }, {}, 'no-address'],
    ['without a key', {}, { installation: { format: 'deb', key: undefined, hasVm: false } }, 'no-key'],
  ])('%s', async (_when, chosen, parts, state) => {
    choice = { ...choice, ...chosen }
    const one = updates(parts)
    one.follow()
    expect((await one.look()).state).toBe(state)
    expect((await one.fetch()).state).toBe(state)
    expect(asked).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  test('any more, once it is switched off, and half of what came is gone', async () => {
    choice = { ...choice, updates: 'download' }
    const one: Updates = updates({
      changed: ({ state }) => {
        if (state !== 'fetching' || choice.updates === 'off') return
        choice = { ...choice, updates: 'off' }
        one.follow()
      },
    })
    one.follow()
    await until('it to be off', () => one.status.state === 'off')
    const before = asked.length
    await one.look()
    await until('what came to be gone', async () => (await readdir(join(folder, 'fetched/0.2.0'))).length === 0)
    expect(one.status.state).toBe('off')
    expect(asked.length).toBe(before)
  })
})

test('switched on it looks at once', async () => {
  const one = updates()
  one.follow()
  await until('the offer', () => one.status.state === 'offered')
  one.follow()
  expect(asked).toHaveLength(1)
  one.close()
})

test('a release that goes to others first waits for this computer’s turn', async () => {
  news = { ...news, stagingPercentage: 0 }
  choice = { ...choice, updates: 'download' }
  expect(await updates().look()).toMatchObject({ state: 'waiting', version: '0.2.0' })
  news = { ...news, stagingPercentage: 100 }
  expect((await updates().look()).state).toBe('fetched')
  expect(told).toEqual(['0.2.0'])
})

test('what is of a repository is the system’s to bring: told, and never fetched', async () => {
  choice = { ...choice, updates: 'download' }
  const one = updates({ isOfRepository: async () => true })
  expect(await one.look()).toMatchObject({ state: 'offered', canFetch: false, command: expect.stringContaining('apt install --only-upgrade engineroom') })
  await one.fetch()
  expect(asked).toEqual(['/feed/latest-linux.yml'])
})

test('a window that is run from its sources tells, and fetches nothing', async () => {
  expect(await updates({ installation: { format: undefined, key: publicKey, hasVm: false } }).look()).toMatchObject({ state: 'offered', canFetch: false })
})

test('an older version is none', async () => {
  expect((await updates({ installedVersion: '0.10.0' }).look()).state).toBe('current')
})

describe('a look that fails says why', () => {
  test('words of before, shown again', async () => {
    const newer = { ...news, version: '0.2.1', signedAt: '2026-02-01T00:00:00Z' }
    const older = news
    news = newer
    const one = updates()
    await one.look()
    news = older
    expect(await one.look()).toMatchObject({ state: 'failed', detail: 'The news of 0.2.0 are older than what this address has said before.' })
    expect(await updates().look()).toMatchObject({ state: 'failed' })
  })

  test.each([
    ['ftp://127.0.0.1/', 'The address for updates has to begin with https://'],
    ['http://updates.example/', 'The address for updates has to begin with https://'],
    ['updates', 'The address for updates has to begin with https://'],
  ])('%s is no address', async (updateFeed, detail) => {
    choice = { ...choice, updateFeed }
    expect(await updates().look()).toMatchObject({ state: 'failed', detail })
  })

  test('an address with nothing behind it', async () => {
    choice = { ...choice, updateFeed: `${address}/elsewhere/` }
    expect((await updates().look()).detail).toMatch('elsewhere/latest-linux.yml: the server answered 404')
  })

  test('a file that is another is not kept, and may be tried again', async () => {
    news = { ...news, files: news.files.map((file) => ({ ...file, sha512: `${'A'.repeat(86)}==` })) }
    const one = updates()
    await one.look()
    expect(await one.fetch()).toMatchObject({ state: 'failed', detail: expect.stringContaining('is not what was signed'), version: '0.2.0', canFetch: true })
    expect(await readdir(join(folder, 'fetched/0.2.0'))).toEqual([])
  })
})
