import { access, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { type TarFile, tar } from '../images/archives.ts'
import { filesBelow, onSmallDisk, zeros } from '../images/bombs.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon({ withBusybox: false })
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** What nobody but this test may make or change: all entries that try to get out aim at it. */
const OUTSIDE = '/tmp/er-hostile-context-outside'
const UP = '../../../../../../../../../../..'

const link = (type: 'symlink' | 'link', name: string, linkname: string) => ({ name, type, linkname }) as const

const ESCAPES: readonly (readonly [string, readonly TarFile[]])[] = [
  ['by ..', [[`${UP}${OUTSIDE}`, 'x']]],
  ['by .. in the middle', [[`a/${UP}${OUTSIDE}`, 'x']]],
  ['by an absolute name', [[OUTSIDE, 'x']]],
  ['through a symbolic link', [link('symlink', 'out', '/tmp'), [`out/${OUTSIDE.slice('/tmp/'.length)}`, 'x']]],
  ['through a relative one', [link('symlink', 'out', `${UP}/tmp`), [`out/${OUTSIDE.slice('/tmp/'.length)}`, 'x']]],
  ['by a hard link to a file of the host', [link('link', 'passwd', `${UP}/etc/passwd`)]],
  ['by a hard link through a symbolic one', [link('symlink', 'etc', '/etc'), link('link', 'passwd', 'etc/passwd')]],
]

function build(context: Buffer) {
  return daemon.api('POST', '/build?t=hostile', context, { 'content-type': 'application/x-tar' })
}

/** Whatever the build says of it: nothing outside was made, nothing of the host's is inside, and nothing stays. */
async function expectInside(context: Buffer): Promise<void> {
  const { body } = await build(context)
  await expect(access(OUTSIDE)).rejects.toThrow('ENOENT')
  expect(await readdir(join(daemon.dataRoot, 'builds'))).toEqual([])
  if (body.includes('Successfully tagged')) {
    const [layer = ''] = (await daemon.ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'hostile')).split(':')
    await expect(access(join(layer, 'passwd'))).rejects.toThrow('ENOENT')
    await daemon.ok('rmi', 'hostile')
  } else expect(body).toMatch(/"(error|message)":"[^"]/)
  await daemon.ok('image', 'prune', '-f')
  expect(await daemon.ok('images', '-aq')).toBe('')
}

describe('a context that tries to get out does not', () => {
  test.each(ESCAPES)('%s', async (_, files) => expectInside(await tar([['Dockerfile', 'FROM scratch\nCOPY . /\n'], ...files])))
})

describe('an archive that ADD unpacks does not get out', () => {
  test.each(ESCAPES)('%s', async (_, files) =>
    expectInside(
      await tar([
        ['Dockerfile', 'FROM scratch\nADD archive.tar /\n'],
        ['archive.tar', await tar(files)],
      ]),
    ),
  )
})

/** What a folder of the host's looks like, whose bytes, names and modes a build might change. */
async function victim(): Promise<{ readonly path: string; picture(): Promise<string> } & AsyncDisposable> {
  const path = await mkdtemp('/tmp/er-hostile-victim-')
  await mkdir(join(path, 'deep'))
  for (const name of ['file', 'deep/file']) await writeFile(join(path, name), 'of the host', { mode: 0o600 })
  const picture = async () => {
    const names = (await readdir(path, { recursive: true })).sort()
    return (await Promise.all(['.', ...names].map(async (name) => `${name} ${(await lstat(join(path, name))).mode.toString(8)}`))).join('\n')
  }
  return { path, picture, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

describe('a step that has put a link into its layer does not write through it', () => {
  const instructions: readonly (readonly [string, string, (out: string) => Promise<readonly TarFile[]>])[] = [
    ['a file of another source', 'COPY evil out /t/', async (out) => [link('symlink', 'evil/out', `${out}/file`), ['out', 'x']]],
    ['a file where it is a folder', 'COPY evil out /t/', async (out) => [link('symlink', 'evil/out', out), ['out', 'x']]],
    ['a folder of another source', 'COPY evil more /t/', async (out) => [link('symlink', 'evil/out', out), ['more/out/file', 'x']]],
    ['--parents', 'COPY --parents evil evil/out/file /t/', async (out) => [link('symlink', 'evil/out', out), [`${out.slice(1)}/file`, 'x']]],
    ['--chmod', 'COPY --chmod=777 evil /t/', async (out) => [link('symlink', 'evil/out', out)]],
    ['an archive', 'ADD evil archive.tar /t/', async (out) => [link('symlink', 'evil/out', out), ['archive.tar', await tar([['out/file', 'x']])]]],
  ]
  test.each(instructions)('%s', async (_, instruction, files) => {
    await using host = await victim()
    const before = await host.picture()
    await build(await tar([['Dockerfile', `FROM scratch\n${instruction}\n`], ...(await files(host.path))]))
    expect(await host.picture()).toBe(before)
    for (const name of ['file', 'deep/file']) expect(await readFile(join(host.path, name), 'utf8')).toBe('of the host')
    await daemon.ok('image', 'prune', '-af')
  })
})

test('patterns do not look behind links', async () => {
  await using host = await victim()
  const dockerfile = 'FROM scratch\nCOPY --parents out/** in/*/** /t/\n'
  const { body } = await build(await tar([['Dockerfile', dockerfile], link('symlink', 'out', host.path), ['in/a', '1'], ['in/b/c', '2']]))
  expect(body).toContain('Successfully tagged')
  const [layer = ''] = (await daemon.ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'hostile')).split(':')
  expect((await readdir(layer, { recursive: true })).filter((name) => name.includes('deep'))).toEqual([])
  await daemon.ok('rmi', 'hostile')
})

describe('10 GB of zeros in 10 MB', () => {
  test.each<[string, (bomb: Buffer) => Buffer | Promise<Buffer>]>([
    ['as the context', (bomb) => bomb],
    [
      'as an archive that ADD unpacks',
      (bomb) =>
        tar([
          ['Dockerfile', 'FROM scratch\nADD bomb.tar.gz /\n'],
          ['bomb.tar.gz', bomb],
        ]),
    ],
  ])('%s: stopped before the disk is full', async (_, make) => {
    await using disk = await onSmallDisk(daemon, '128m')
    const before = await filesBelow(disk.path)
    const { body } = await build(await make(zeros(10)))
    expect(body).toMatch(/no space left on device: \d+ KiB of it stay free/)
    expect((await filesBelow(disk.path)).filter((name) => name !== 'data/builds')).toEqual(before)
  })
})
