import { execFileSync } from 'node:child_process'
import { request } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { configFile, dockerArchive, sha256, tar } from './archives.ts'
import { storeOf } from './store.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

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
    await until('the layer to be gone', async () => !(await storeOf(daemon)).includes(`blobs/sha256/${sha256(await tar([['large', file]]))}`))
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
    const before = await storeOf(daemon)
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
    expect(await storeOf(daemon)).toEqual(before)
  })
})
