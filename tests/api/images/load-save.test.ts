import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { configFile, dockerArchive, ociArchive, sha256, tar } from './archives.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** Everything that is on disk for images; a failed load must not change it. */
async function stored(): Promise<string[]> {
  const root = join(daemon.dataRoot, 'images')
  const below = ['', 'blobs/sha256', 'incoming', 'layers'].map(async (folder) => (await readdir(join(root, folder))).map((name) => join(folder, name)))
  return (await Promise.all(below)).flat().sort()
}

const load = (input: Buffer, ...args: string[]) => daemon.docker(['load', ...args], { input })

/** Reads so many bytes of an answer, and closes the connection. */
function leaveDuring(path: string, afterBytes: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const outgoing = request({ socketPath: daemon.socketPath, path }, (response) => {
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > afterBytes) outgoing.destroy()
    })
    response.once('close', () => resolve())
    response.on('error', () => {}) // Our own doing.
  })
  outgoing.once('error', reject).end()
  return promise
}

describe('load', () => {
  const pack = {
    plain: (data: Buffer) => data,
    gzip: gzipSync,
    zstd: zstdCompressSync,
    xz: (data: Buffer) => execFileSync('xz', ['-c'], { input: data }),
    bzip2: (data: Buffer) => execFileSync('bzip2', ['-c'], { input: data }),
  }

  test.each(Object.entries(pack))('a docker archive, %s as a whole and in its layers', async (name, compress) => {
    const layer = await tar([[`from-${name}`, name]])
    const archive = await dockerArchive({ layers: [layer], config: { Cmd: ['x'] } }, [`load-${name}:1`, `load-${name}:2`], [compress(layer)])
    const { code, stdout } = await load(compress(archive))
    expect([code, stdout]).toEqual([0, `Loaded image: load-${name}:1\nLoaded image: load-${name}:2\n`])
    expect(await readFile(join(await daemon.ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', `load-${name}:1`), `from-${name}`), 'utf8')).toBe(name)
  })

  test.each(Object.entries(pack))('layers that are extracted as they arrive: %s, and one of them twice', async (name, compress) => {
    const large = await tar([[`large-${name}`, randomBytes(300_000)]])
    const other = await tar([[`other-${name}`, randomBytes(200_000)]])
    const layers = [large, other, large]
    const archive = await dockerArchive(
      { layers, config: { Cmd: ['x'] } },
      [`arriving-${name}:1`],
      layers.map((layer) => compress(layer)),
    )
    expect((await load(archive)).stdout).toBe(`Loaded image: arriving-${name}:1\n`)
    const loaded = await stored()
    expect(loaded.filter((path) => path.includes('incoming') || path.includes('load-'))).toEqual(['incoming'])
    const saved = join(daemon.root, 'arrived.tar')
    await daemon.ok('save', '-o', saved, `arriving-${name}:1`)
    for (const layer of [large, other]) expect(execFileSync('tar', ['-xOf', saved, `blobs/sha256/${sha256(layer)}`])).toEqual(layer)
    // Once more, when all of it is known.
    expect((await load(archive)).stdout).toBe(`Loaded image: arriving-${name}:1\n`)
    expect(await stored()).toEqual(loaded)
  })

  test('what only looks like a layer is no reason to fail, and does not stay', async () => {
    const before = await stored()
    const layer = await tar([['likely', '1']])
    const broken = Buffer.concat([await tar([['a', '1']]).then((bytes) => bytes.subarray(0, 512)), randomBytes(100_000)])
    const climbing = await tar([['../../evil', Buffer.alloc(100_000)]])
    const archive = await tar([
      ['config.json', configFile({ layers: [layer] })],
      ['layer.tar', layer],
      ['broken.tar', broken],
      ['climbing.tar', climbing],
      ['broken.gz', Buffer.concat([gzipSync('x').subarray(0, 12), randomBytes(100_000)])],
      ['broken.zst', Buffer.concat([zstdCompressSync('x'.repeat(1000)).subarray(0, 12), randomBytes(100_000)])],
      ['cut-off.gz', gzipSync(randomBytes(200_000)).subarray(0, 150_000)],
      ['text.bz2', `BZh${'is no archive '.repeat(10_000)}`],
      ['whole.tar', await tar([['unwanted', Buffer.alloc(100_000)]])],
      ['manifest.json', JSON.stringify([{ Config: 'config.json', RepoTags: ['likely:1'], Layers: ['layer.tar'] }])],
    ])
    expect((await load(archive)).stdout).toBe('Loaded image: likely:1\n')
    await daemon.ok('rmi', 'likely:1')
    expect(await stored()).toEqual(before)
  })

  test('from a file by -i, quietly', async () => {
    const file = join(daemon.root, 'archive.tar')
    await writeFile(file, await dockerArchive({ layers: [await tar([['a', '1']])] }, ['load-file:1']))
    expect(await daemon.ok('load', '-q', '-i', file)).toBe('Loaded image: load-file:1')
  })

  test('an archive without names tells the id', async () => {
    const recipe = { layers: [await tar([['nameless', '']])] }
    expect((await load(await dockerArchive(recipe, []))).stdout).toBe(`Loaded image ID: sha256:${sha256(configFile(recipe))}\n`)
  })

  test('a name that moves leaves the old image untagged, and says so', async () => {
    const [first, second] = await Promise.all(['first', 'second'].map(async (text) => ({ layers: [await tar([['which', text]])] })))
    if (!first || !second) throw new Error('two recipes')
    await load(await dockerArchive(first, ['load-moves:1']))
    const { stdout } = await load(await dockerArchive(second, ['load-moves:1']))
    const old = `sha256:${sha256(configFile(first))}`
    expect(stdout).toBe(`The image load-moves:1 already exists, renaming the old one with ID ${old} to empty string\nLoaded image: load-moves:1\n`)
    expect(await daemon.ok('images', '-q', '--no-trunc', '--filter', 'dangling=true')).toContain(old)
  })

  test('an OCI layout, by its containerd name or its reference name', async () => {
    const layers = [await tar([['oci', '']]), await tar([['oci2', '']])]
    const named = await load(
      await ociArchive({ layers }, { 'io.containerd.image.name': 'docker.io/library/load-oci:a', 'org.opencontainers.image.ref.name': 'a' }),
    )
    expect(named.stdout).toBe('Loaded image: load-oci:a\n')
    const referenced = await load(await ociArchive({ layers }, { 'org.opencontainers.image.ref.name': 'localhost/load-oci:b' }))
    expect(referenced.stdout).toBe('Loaded image: localhost/load-oci:b\n')
    const tagOnly = await load(await ociArchive({ layers }, { 'org.opencontainers.image.ref.name': 'v1' }))
    expect(tagOnly.stdout).toMatch(/^Loaded image ID: sha256:/)
  })

  test('an old archive, where a layer that is there already is a link to it', async () => {
    const layer = await tar([['linked', '']])
    const layers = ['a/layer.tar', 'b/layer.tar', 'c/layer.tar']
    const archive = await tar([
      ['config.json', configFile({ layers: layers.map(() => layer) })],
      ['a/layer.tar', layer],
      { name: 'b/layer.tar', type: 'symlink', linkname: '../a/layer.tar' },
      { name: 'c/layer.tar', type: 'link', linkname: 'b/layer.tar' },
      ['manifest.json', JSON.stringify([{ Config: 'config.json', RepoTags: ['load-linked:1'], Layers: layers }])],
    ])
    expect(await load(archive)).toMatchObject({ code: 0, stdout: 'Loaded image: load-linked:1\n' })
  })

  test('whiteouts and opaque folders hide what is below', async () => {
    const folder = (name: string) => ({ name, type: 'directory', mode: 0o755 }) as const
    const programs = await tar([
      { name: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
      { name: 'bin/find', type: 'symlink', linkname: 'busybox' },
    ])
    const lower = await tar([folder('d/'), folder('d/d/'), ['d/old', ''], ['d/gone', ''], ['d/d/kept', '']])
    const upper = await tar([['d/.wh.gone', ''], folder('e/'), ['e/new', '']])
    const top = await tar([folder('e/'), ['e/.wh..wh..opq', ''], ['e/newer', '']])
    await load(await dockerArchive({ layers: [programs, lower, upper, top] }, ['load-whiteout:1']))
    const listing = await daemon.ok('run', '--rm', 'load-whiteout:1', '/bin/find', '/d', '/e')
    expect(listing.split('\n').sort()).toEqual(['/d', '/d/d', '/d/d/kept', '/d/old', '/e', '/e/newer'])
  })
})

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
    const before = await stored()
    const { code, stderr, stdout } = await load(archive)
    expect(stderr + stdout).toMatch(message)
    expect(code).toBe(1)
    expect(await stored()).toEqual(before)
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

  test.each(Object.entries(phases))('%s: the next start removes all of it, and it loads', async (_, isReached) => {
    const before = await stored()
    layersBefore = before.filter((name) => /^layers\/[0-9a-f]+$/.test(name)).length
    const loading = load(archive)
    while (!isReached(await stored().catch(() => []))) await new Promise((resolve) => setImmediate(resolve))
    await daemon.stop('SIGKILL')
    expect((await loading).code).toBe(1)
    await daemon.start()
    expect(await stored()).toEqual(before)
    expect((await load(archive)).stdout).toBe('Loaded image: cut-off:1\n')
    await daemon.ok('rmi', 'cut-off:1')
    expect(await stored()).toEqual(before)
  })
})

describe('save', () => {
  test('what was saved loads again as the same image, with its names', async () => {
    await daemon.ok('tag', 'busybox', 'saved:1')
    await daemon.ok('tag', 'busybox', 'saved:2')
    const id = await daemon.ok('inspect', '-f', '{{.Id}}', 'saved:1')
    const file = join(daemon.root, 'saved.tar')
    await daemon.ok('save', '-o', file, 'saved')
    const listing = execFileSync('tar', ['-tf', file]).toString()
    for (const name of ['oci-layout', 'index.json', 'manifest.json', 'repositories', 'blobs/sha256/']) expect(listing).toContain(name)
    await daemon.ok('rmi', 'saved:1', 'saved:2')
    expect(await daemon.ok('load', '-i', file)).toBe('Loaded image: saved:1\nLoaded image: saved:2')
    expect(await daemon.ok('inspect', '-f', '{{.Id}}', 'saved:2')).toBe(id)
    expect(await daemon.ok('run', '--rm', 'saved:1', 'echo', 'back')).toBe('back')
  })

  test('several images share their layers in one archive', async () => {
    const base = await tar([['base', '']])
    await load(await dockerArchive({ layers: [base, await tar([['one', '']])] }, ['save-one:1']))
    await load(await dockerArchive({ layers: [base, await tar([['two', '']])] }, ['save-two:1']))
    const file = join(daemon.root, 'two.tar')
    await daemon.ok('save', '-o', file, 'save-one:1', 'save-two:1')
    const names = execFileSync('tar', ['-tf', file]).toString().split('\n')
    expect(names.filter((name) => name.endsWith(sha256(base)))).toHaveLength(1)
    await daemon.ok('rmi', 'save-one:1', 'save-two:1')
    expect(await daemon.ok('load', '-i', file)).toBe('Loaded image: save-one:1\nLoaded image: save-two:1')
  })

  test('by id there is no name to save', async () => {
    const recipe = { layers: [await tar([['by-id', '']])] }
    await load(await dockerArchive(recipe, ['save-id:1']))
    const id = `sha256:${sha256(configFile(recipe))}`
    const file = join(daemon.root, 'id.tar')
    await daemon.ok('save', '-o', file, id)
    await daemon.ok('rmi', 'save-id:1')
    expect(await daemon.ok('load', '-i', file)).toBe(`Loaded image ID: ${id}`)
  })

  test('a client that goes away in the middle takes nothing along, and leaves the image free', async () => {
    const file = Buffer.alloc(20_000_000, 8)
    await load(await dockerArchive({ layers: [await tar([['large', file]])] }, ['save-left:1']))
    for (const bytes of [0, 1e5, 1e6, 5e6, 1e7]) await leaveDuring('/images/get?names=save-left:1', bytes)
    expect(await daemon.ok('rmi', 'save-left:1')).toContain('Deleted:')
    await until('the layer to be gone', async () => !(await stored()).includes(`blobs/sha256/${sha256(await tar([['large', file]]))}`))
  })

  test('an unknown image is an error before the first byte', async () => {
    const { code, stderr } = await daemon.docker(['save', '-o', join(daemon.root, 'none.tar'), 'no-such-image'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/reference does not exist|No such image: no-such-image/)
  })
})

describe('import', () => {
  test('a root file system becomes an image of one layer, with changes', async () => {
    const input = await tar([['bin-of-mine', 'x']])
    const { stdout } = await daemon.docker(
      ['import', '-c', 'CMD ["/x", "y"]', '-c', 'ENV A=1 B="two words"', '-c', 'EXPOSE 80', '-c', 'LABEL l=v', '-m', 'mine', '-', 'imported:1'],
      { input },
    )
    expect(stdout.trim()).toMatch(/^sha256:[0-9a-f]{64}$/)
    const [image] = JSON.parse(await daemon.ok('inspect', 'imported:1'))
    expect(image).toMatchObject({
      Id: stdout.trim(),
      Comment: 'mine',
      Parent: '',
      Config: { Cmd: ['/x', 'y'], Env: ['A=1', 'B=two words'], ExposedPorts: { '80/tcp': {} }, Labels: { l: 'v' } },
    })
    expect(image.RootFS).toEqual({ Type: 'layers', Layers: [`sha256:${sha256(input)}`] })
    expect(await daemon.ok('history', '--format', '{{.Comment}}|{{.Size}}', 'imported:1')).toBe('mine|1B')
  })

  test('compressed, without a name, with the default message', async () => {
    const { stdout } = await daemon.docker(['import', '-'], { input: gzipSync(await tar([['y', '']])) })
    expect(await daemon.ok('inspect', '-f', '{{.Comment}} {{.RepoTags}}', stdout.trim())).toBe('Imported from - []')
  })

  test('a bad change, name or tar leaves nothing', async () => {
    const before = await stored()
    const input = await tar([['z', '']])
    const failures = [
      [['import', '-c', 'RUN x', '-'], input, 'RUN is not a valid change command'],
      [['import', '-', 'Upper:1'], input, 'repository name (library/Upper) must be lowercase'],
      [['import', '-', 'bad-import:1'], Buffer.alloc(4096, 3), 'archive/tar: invalid tar header'],
    ] as const
    for (const [args, data, message] of failures) {
      const { code, stderr } = await daemon.docker(args, { input: data })
      expect(stderr).toContain(message)
      expect(code).toBe(1)
    }
    expect(await stored()).toEqual(before)
  })
})
