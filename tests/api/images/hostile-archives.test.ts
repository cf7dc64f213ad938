import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { configFile, dockerArchive, sha256, type TarFile, tar } from './archives.ts'
import { filesBelow, onSmallDisk, zeros } from './bombs.ts'
import { storeOf } from './store.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon({ withBusybox: false })
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** What nobody but this test may make or change: all entries that try to get out aim at it. */
const OUTSIDE = '/tmp/er-hostile-outside'

/** A load that must fail, and that leaves nothing. @returns what the client was told */
async function refusedLoad(archive: Buffer): Promise<string> {
  const before = await storeOf(daemon)
  const { code, stdout, stderr } = await daemon.docker(['load'], { input: archive })
  expect(code, stdout + stderr).toBe(1)
  expect(await storeOf(daemon)).toEqual(before)
  await expect(access(OUTSIDE)).rejects.toThrow('ENOENT')
  expect(await daemon.ok('images', '-aq')).toBe('')
  return stdout + stderr
}

/** A load that succeeds, and whose image goes again without a trace. */
async function harmlessLoad(archive: Promise<Buffer>, check: (layer: string) => Promise<void> = async () => undefined): Promise<void> {
  const before = await storeOf(daemon)
  const { code, stdout, stderr } = await daemon.docker(['load'], { input: await archive })
  expect(code, stdout + stderr).toBe(0)
  await check(await daemon.ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'hostile:1'))
  await expect(access(OUTSIDE)).rejects.toThrow('ENOENT')
  await daemon.ok('rmi', 'hostile:1')
  expect(await storeOf(daemon)).toEqual(before)
}

const layered = async (...files: TarFile[]) => dockerArchive({ layers: [await tar(files)] }, ['hostile:1'])
const link = (type: 'symlink' | 'link', name: string, linkname: string) => ({ name, type, linkname }) as const

describe('a layer that tries to get out is refused', () => {
  test.each<[string, readonly TarFile[], RegExp]>([
    ['by ..', [[`../../../../../../../..${OUTSIDE}`, 'x']], /is outside of the layer/],
    ['by .. in the middle', [[`a/../../../../../../../../../..${OUTSIDE}`, 'x']], /is outside of the layer/],
    ['through a symbolic link', [link('symlink', 'out', '/tmp'), ['out/er-hostile-outside', 'x']], /goes through the symbolic link out/],
    ['through a relative one', [link('symlink', 'out', '../../../../../../../../tmp'), ['out/er-hostile-outside', 'x']], /goes through the symbolic link out/],
    ['by a hard link to a file of the host', [link('link', 'passwd', '../../../../../../../../etc/passwd')], /is outside of the layer/],
    ['by a hard link through a symbolic one', [link('symlink', 'etc', '/etc'), link('link', 'passwd', 'etc/passwd')], /goes through the symbolic link etc/],
    ['by a whiteout of the folder above', [['.wh...', '']], /hides no file/],
    ['by a hard link to nothing', [link('link', 'a', 'nowhere')], /nowhere|Cannot hard link/],
  ])('%s', async (_, files, message) => expect(await refusedLoad(await layered(...files))).toMatch(message))
})

describe('a layer that looks worse than it is', () => {
  test('absolute names stay inside', () => harmlessLoad(layered([OUTSIDE, 'inside']), async (layer) => expect((await stat(join(layer, OUTSIDE))).size).toBe(6)))

  test('of entries with one name the last counts, whatever they are', () =>
    harmlessLoad(
      layered(
        ['twice', 'first'],
        ['twice', 'second one'],
        link('symlink', 'changes', 'elsewhere'),
        ['changes', 'a file now'],
        { name: 'folder/', type: 'directory' },
        { name: 'folder/', type: 'directory', mode: 0o700 },
      ),
      async (layer) => {
        expect((await stat(join(layer, 'twice'))).size).toBe(10)
        expect((await stat(join(layer, 'changes'))).size).toBe(10)
        expect((await stat(join(layer, 'folder'))).mode & 0o777).toBe(0o700)
      },
    ))

  test('devices are nodes in the layer, and no more than that', () =>
    harmlessLoad(
      layered({ name: 'disk', type: 'block-device', devmajor: 8, devminor: 0 }, { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }),
      async (layer) => expect([(await stat(join(layer, 'disk'))).isBlockDevice(), (await stat(join(layer, 'null'))).rdev]).toEqual([true, 259]),
    ))

  test('names that are no UTF-8', async () => {
    const name = Buffer.from('name-\xff\xfe-\x80', 'latin1')
    const plain = await tar([['name-00-0', 'x']])
    name.copy(plain, 0)
    plain.write('        ', 148)
    plain.write(
      `${[...plain.subarray(0, 512)]
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    )
    await harmlessLoad(dockerArchive({ layers: [plain] }, ['hostile:1']), async (layer) => {
      expect((await stat(Buffer.concat([Buffer.from(`${layer}/`), name]))).size).toBe(1)
    })
  })

  test('1,000 levels of folders are made, and removed again', () => harmlessLoad(layered([`${'d/'.repeat(1000)}bottom`, 'x'])))
})

test('10,000 levels of folders are refused, and those that were made go again', async () => {
  const levels = (count: number): TarFile => ({ name: 'd/'.repeat(count), type: 'directory', mode: 0o755 })
  expect(await refusedLoad(await layered(levels(2040), levels(10_000)))).toMatch(/invalid tar header: (d\/){32}…: file name too long/)
})

describe('an archive that lies', () => {
  const parts = async () => {
    const layer = await tar([['a', '1']])
    return { layer, config: configFile({ layers: [layer] }) }
  }
  const described = (data: Buffer, digest = `sha256:${sha256(data)}`) => ({ mediaType: 'application/octet-stream', digest, size: data.length })
  const manifest = (document: unknown): TarFile => ['manifest.json', JSON.stringify(document)]

  test('about the digest of its configuration or its layer, in an OCI layout', async () => {
    const { layer, config } = await parts()
    const wrong = 'f'.repeat(64)
    for (const [configDigest, layerDigest, message] of [
      [wrong, sha256(layer), /config verification failed|verification failed/],
      [sha256(config), wrong, /verification failed/],
    ] as const) {
      const text = Buffer.from(
        JSON.stringify({ schemaVersion: 2, config: described(config, `sha256:${configDigest}`), layers: [described(layer, `sha256:${layerDigest}`)] }),
      )
      const archive = await tar([
        ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
        ['index.json', JSON.stringify({ manifests: [described(text)] })],
        [`blobs/sha256/${sha256(text)}`, text],
        [`blobs/sha256/${configDigest}`, config],
        [`blobs/sha256/${layerDigest}`, layer],
      ])
      expect(await refusedLoad(archive)).toMatch(message)
    }
  })

  test('about the length of an entry', async () => {
    const { layer, config } = await parts()
    const archive = await dockerArchive({ layers: [layer] }, ['hostile:1'])
    archive.write('77777777777\0', 124)
    archive.write('        ', 148)
    archive.write(
      `${[...archive.subarray(0, 512)]
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    )
    expect(config.length).toBeLessThan(8_000_000_000)
    expect(await refusedLoad(archive)).toContain('unexpected EOF')
  })

  test.each<[string, unknown, RegExp]>([
    ['a path out of it as layer', [{ Config: 'c.json', RepoTags: null, Layers: ['../../../../etc/passwd'] }], /is outside of the archive/],
    ['an absolute path as configuration', [{ Config: '/etc/passwd', RepoTags: null, Layers: [] }], /is outside of the archive/],
    ['nothing in it', [], /^$/],
  ])('%s', async (_, document, message) => {
    const { config, layer } = await parts()
    const archive = await tar([['c.json', config], ['l.tar', layer], manifest(document)])
    if (message.source === '^$') expect((await daemon.docker(['load'], { input: archive })).code).toBe(0)
    else expect(await refusedLoad(archive)).toMatch(message)
  })

  test('a device as its manifest', async () => {
    const archive = await tar([{ name: 'manifest.json', type: 'character-device', devmajor: 1, devminor: 5 }])
    expect(await refusedLoad(archive)).toContain('manifest.json is not a regular file')
  })
})

describe('10 GB of zeros in 10 MB', () => {
  test.each<[string, (bomb: Buffer) => Promise<readonly [readonly string[], Buffer]>]>([
    ['load, as the archive itself', async (bomb) => [['load'], bomb]],
    ['load, as a layer', async (bomb) => [['load'], await dockerArchive({ layers: [Buffer.alloc(1024)] }, ['hostile:1'], [bomb])]],
    ['import', async (bomb) => [['import', '-', 'hostile:1'], bomb]],
  ])('%s: stopped before the disk is full', async (_, make) => {
    await using disk = await onSmallDisk(daemon, '128m')
    const before = await filesBelow(disk.path)
    const [args, input] = await make(zeros(10))
    const { code, stdout, stderr } = await daemon.docker(args, { input })
    expect(stdout + stderr).toMatch(/no space left on device: \d+ KiB of it stay free/)
    expect(code).toBe(1)
    expect(await filesBelow(disk.path)).toEqual(before)
  })
})
