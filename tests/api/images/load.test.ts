import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { configFile, dockerArchive, ociArchive, sha256, tar } from './archives.ts'
import { storeOf } from './store.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const load = (input: Buffer, ...args: string[]) => daemon.docker(['load', ...args], { input })

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
    const loaded = await storeOf(daemon)
    expect(loaded.filter((path) => path.includes('incoming') || path.includes('load-'))).toEqual(['incoming'])
    const saved = join(daemon.root, 'arrived.tar')
    await daemon.ok('save', '-o', saved, `arriving-${name}:1`)
    for (const layer of [large, other]) expect(execFileSync('tar', ['-xOf', saved, `blobs/sha256/${sha256(layer)}`])).toEqual(layer)
    // Once more, when all of it is known.
    expect((await load(archive)).stdout).toBe(`Loaded image: arriving-${name}:1\n`)
    expect(await storeOf(daemon)).toEqual(loaded)
  })

  test('what only looks like a layer is no reason to fail, and does not stay', async () => {
    const before = await storeOf(daemon)
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
    expect(await storeOf(daemon)).toEqual(before)
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
