import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { configFile, dockerArchive, tar } from './archives.ts'
import { storeOf } from './store.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const load = (input: Buffer, ...args: string[]) => daemon.docker(['load', ...args], { input })

describe('a bad archive is an error line, and nothing of it stays', () => {
  const broken: Record<string, () => Promise<{ archive: Buffer; message: RegExp }>> = {
    'no tar at all': async () => ({ archive: Buffer.from('this is no tar archive'.repeat(100)), message: /archive\/tar: invalid tar header/ }),
    'empty input': async () => ({ archive: Buffer.alloc(0), message: /manifest\.json: no such file or directory/ }),
    'no archive': async () => ({ archive: Buffer.alloc(2048, 'a line of text\n'), message: /archive\/tar: invalid tar header/ }),
    'cut off': async () => ({
      archive: (await dockerArchive({ layers: [await tar([['a', Buffer.alloc(50_000, 1)]])] }, ['bad:1'])).subarray(0, 30_000),
      message: /unexpected EOF/,
    }),
    'a cut off gzip': async () => ({
      archive: gzipSync(await dockerArchive({ layers: [await tar([['a', '1']])] }, ['bad:1'])).subarray(0, 200),
      message: /unexpected EOF/,
    }),
    'no manifest': async () => ({ archive: await tar([['hello', 'world']]), message: /manifest\.json: no such file or directory/ }),
    'a manifest that is no JSON': async () => ({ archive: await tar([['manifest.json', 'nonsense']]), message: /invalid manifest/ }),
    'a missing configuration': async () => ({
      archive: await tar([['manifest.json', JSON.stringify([{ Config: 'x.json', RepoTags: ['bad:1'], Layers: [] }])]]),
      message: /x\.json: no such file or directory/,
    }),
    'a missing layer': async () => {
      const config = configFile({ layers: [Buffer.from('layer')] })
      return {
        archive: await tar([
          ['c.json', config],
          ['manifest.json', JSON.stringify([{ Config: 'c.json', RepoTags: ['bad:1'], Layers: ['l.tar'] }])],
        ]),
        message: /l\.tar: no such file or directory/,
      }
    },
    'too few layers': async () => {
      const config = configFile({ layers: [Buffer.from('layer')] })
      return {
        archive: await tar([
          ['c.json', config],
          ['manifest.json', JSON.stringify([{ Config: 'c.json', RepoTags: ['bad:1'], Layers: [] }])],
        ]),
        message: /layers length mismatch: expected 1, got 0/,
      }
    },
    'a layer of other bytes': async () => ({
      archive: await dockerArchive({ layers: [await tar([['promised', '1']])] }, ['bad:1'], [await tar([['given', '2']])]),
      message: /layer verification failed/,
    }),
    'a large layer of other bytes': async () => ({
      archive: await dockerArchive({ layers: [await tar([['promised', randomBytes(100_000)]])] }, ['bad:1'], [await tar([['given', randomBytes(100_000)]])]),
      message: /layer verification failed/,
    }),
    'a large layer of other bytes, under a name that is known': async () => {
      const known = await tar([['known', randomBytes(100_000)]])
      await load(await dockerArchive({ layers: [known] }, ['known:1']))
      return {
        archive: await dockerArchive({ layers: [known, known] }, ['bad:1'], [known, await tar([['given', randomBytes(100_000)]])]),
        message: /layer verification failed/,
      }
    },
    'a large layer that climbs out': async () => ({
      archive: await dockerArchive({ layers: [await tar([['../../evil', randomBytes(100_000)]])] }, ['bad:1']),
      message: /invalid tar header|outside/,
    }),
    'a large layer that cannot be decompressed': async () => ({
      archive: await dockerArchive(
        { layers: [await tar([['a', randomBytes(100_000)]])] },
        ['bad:1'],
        [Buffer.concat([gzipSync('x').subarray(0, 12), randomBytes(100_000)])],
      ),
      message: /archive\/tar: invalid tar header|unexpected EOF/,
    }),
    'a layer that is no tar': async () => ({
      archive: await dockerArchive({ layers: [Buffer.alloc(2048, 7)] }, ['bad:1']),
      message: /archive\/tar: invalid tar header/,
    }),
    'a layer that climbs out': async () => ({
      archive: await dockerArchive({ layers: [await tar([['../../evil', '1']])] }, ['bad:1']),
      message: /invalid tar header|outside/,
    }),
    'a configuration behind a link to the host': async () => ({
      archive: await tar([
        { name: 'c.json', type: 'symlink', linkname: '/etc/passwd' },
        ['manifest.json', JSON.stringify([{ Config: 'c.json', RepoTags: ['bad:1'], Layers: [] }])],
      ]),
      message: /invalid|outside/,
    }),
    'a bad name': async () => ({ archive: await dockerArchive({ layers: [await tar([['a', '1']])] }, ['BAD:1']), message: /must be lowercase/ }),
  }

  test.each(Object.entries(broken))('%s', async (_, make) => {
    const { archive, message } = await make()
    const before = await storeOf(daemon)
    const { code, stderr, stdout } = await load(archive)
    expect(stderr + stdout).toMatch(message)
    expect(code).toBe(1)
    expect(await storeOf(daemon)).toEqual(before)
    expect(await daemon.ok('images', '-q', 'bad')).toBe('')
  })

  test('the second image of an archive is bad: the first one is whole', async () => {
    const layer = await tar([['good', '1']])
    const config = configFile({ layers: [layer] })
    const manifest = [
      { Config: 'good.json', RepoTags: ['half-good:1'], Layers: ['l.tar'] },
      { Config: 'missing.json', RepoTags: ['half-bad:1'], Layers: [] },
    ]
    const { code } = await load(
      await tar([
        ['good.json', config],
        ['l.tar', layer],
        ['manifest.json', JSON.stringify(manifest)],
      ]),
    )
    expect(code).toBe(1)
    expect(await daemon.ok('images', '-q', 'half-bad')).toBe('')
    expect(await daemon.ok('create', 'half-good:1', 'x')).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('a load that is cut off by the death of the daemon', () => {
  let archive: Buffer
  beforeAll(async () => {
    const files = Array.from({ length: 3000 }, (_, i): [string, string] => [`file-${i}`, `${i}`.repeat(200)])
    // The small ones are extracted once all has arrived, one after the other.
    const small = await Promise.all(Array.from({ length: 20 }, (_, i) => tar([[`small-${i}`, '']])))
    archive = await dockerArchive({ layers: [await tar([['first', '']]), await tar(files), ...small] }, ['cut-off:1'])
  })

  /** What there is only while it goes on. */
  const phases: Record<string, (names: readonly string[]) => boolean> = {
    'while it arrives': (names) => names.some((name) => name.startsWith('load-')),
    'while a layer is extracted': (names) => names.some((name) => name.startsWith('layers/incoming-')),
    'between two layers': (names) => names.filter((name) => /^layers\/[0-9a-f]+$/.test(name)).length > layersBefore,
  }
  let layersBefore = 0

  /** Kills the daemon once a load is so far. @returns false where it was over by then: a busy machine may have us look too late */
  async function isCutOff(isReached: (names: readonly string[]) => boolean): Promise<boolean> {
    let isOver = false
    const loading = load(archive).finally(() => {
      isOver = true
    })
    while (!isOver && !isReached(await storeOf(daemon).catch(() => []))) await new Promise((resolve) => setImmediate(resolve))
    await daemon.stop('SIGKILL')
    const { code } = await loading
    await daemon.start()
    if ((await daemon.ok('images', '-q', 'cut-off')) === '') {
      expect(code).toBe(1)
      return true
    }
    await daemon.ok('rmi', 'cut-off:1')
    return false
  }

  test.each(Object.entries(phases))('%s: the next start removes all of it, and it loads', async (_, isReached) => {
    const before = await storeOf(daemon)
    layersBefore = before.filter((name) => /^layers\/[0-9a-f]+$/.test(name)).length
    for (let tries = 1; !(await isCutOff(isReached)); tries++) expect(tries).toBeLessThan(5)
    expect(await storeOf(daemon)).toEqual(before)
    expect((await load(archive)).stdout).toBe('Loaded image: cut-off:1\n')
    await daemon.ok('rmi', 'cut-off:1')
    expect(await storeOf(daemon)).toEqual(before)
  })
})
