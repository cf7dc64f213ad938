import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { engineroom } from './ours.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await fill()
})
afterAll(() => daemon?.[Symbol.asyncDispose]())

interface Usage {
  readonly root: string
  readonly fileSystem: { readonly totalBytes: number; readonly freeBytes: number }
  readonly kinds: readonly {
    readonly kind: string
    readonly count?: number
    readonly bytes: number
    readonly diskBytes: number
    readonly reclaimableBytes: number
  }[]
}

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await engineroom(daemon, ['data', ...args])
  if (code !== 0) throw new Error(`data ${args.join(' ')}: exit ${code}\n${stderr}${stdout}`)
  return stdout
}
const usage = async (): Promise<Usage> => JSON.parse(await ok('usage', '--json'))
/** Of all kinds. */
const total = (found: Usage, key: 'bytes' | 'diskBytes' | 'reclaimableBytes') => found.kinds.reduce((sum, one) => sum + one[key], 0)
const build = async (tag: string, dockerfile: string) => {
  const folder = join(daemon.root, 'context')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'Dockerfile'), dockerfile)
  await daemon.ok('build', '-q', '-t', tag, folder)
}

/** Something of each kind, in use and not. */
async function fill(): Promise<void> {
  const write = (megabytes: number, file: string) => `dd if=/dev/urandom of=${file} bs=1M count=${megabytes} 2>/dev/null`
  await build('big', `FROM busybox\nRUN ${write(2, '/a')} && ln /a /b`)
  await build('used', `FROM big\nRUN ${write(1, '/c')}`)
  await build('big', 'FROM busybox\nRUN echo another >/a')
  await daemon.ok(
    'run',
    '-d',
    '--name',
    'running',
    '-v',
    'named:/data',
    'used',
    'sh',
    '-c',
    `${write(1, '/own')}; ${write(1, '/data/file')}; touch /ready; exec sleep 1000`,
  )
  await daemon.ok('exec', 'running', 'sh', '-c', 'until [ -e /ready ]; do sleep 0.1; done')
  await daemon.ok('run', '--name', 'stopped', '-v', '/anonymous', 'big', 'sh', '-c', `${write(3, '/own')}; ${write(1, '/anonymous/file')}; echo said`)
}

test('sizes are those of docker system df and of du', async () => {
  // What is not written out yet may still get another number of blocks.
  await run('sync', ['--file-system', daemon.dataRoot])
  const before = await usage()
  expect(before.root).toBe(daemon.dataRoot)
  expect(before.fileSystem.freeBytes).toBeGreaterThan(0)
  expect(before.fileSystem.totalBytes).toBeGreaterThan(before.fileSystem.freeBytes)
  const kind = (name: string) => before.kinds.find((one) => one.kind === name)

  const du = await run('du', ['--summarize', '--one-file-system', '--block-size=1', daemon.dataRoot])
  expect(total(before, 'diskBytes')).toBe(Number(du.stdout.split('\t')[0]))
  const df = (await daemon.api('GET', '/system/df')).json<{
    LayersSize: number
    Containers: { SizeRw?: number }[]
    Volumes: { UsageData: { Size: number } }[]
  }>()
  expect(kind('images')).toMatchObject({ bytes: df.LayersSize, count: 4 })
  expect(kind('volumes')).toMatchObject({ bytes: df.Volumes.reduce((sum, { UsageData }) => sum + UsageData.Size, 0), count: 2 })
  const own = df.Containers.reduce((sum, { SizeRw = 0 }) => sum + SizeRw, 0)
  expect(own).toBeGreaterThanOrEqual(4 * 1024 * 1024)
  expect(kind('containers')?.bytes).toBeGreaterThanOrEqual(own)

  const table = await ok('usage')
  expect(table).toMatch(/^TYPE +TOTAL +ACTIVE +SIZE +ON DISK +RECLAIMABLE\n/)
  expect(table).toContain(`\nData root:     ${daemon.dataRoot}\n`)
})

test('the preview of a prune is what it then reclaims', async () => {
  const before = await usage()
  const preview = async (query: string) => (await daemon.api('GET', `/engineroom/v1/data/prune${query}`)).json<{ bytes: number }>()
  expect((await preview('?all=1&volumes=1')).bytes).toBe(total(before, 'reclaimableBytes'))
  const { bytes } = await preview('')
  const asked = await engineroom(daemon, ['data', 'prune'], { input: 'n\n' })
  expect([asked.code, asked.stderr]).toEqual([0, ''])
  expect(asked.stdout).toMatch(/^WARNING! This will remove:\n {2}- stopped containers:\n {6}[0-9a-f]{12} {2}stopped {2}3\.\d+MB\n/)
  expect(asked.stdout).toMatch(/Are you sure you want to continue\? \[y\/N] $/)
  expect((await usage()).kinds).toEqual(before.kinds)

  const done = await engineroom(daemon, ['data', 'prune'], { input: 'y\n' })
  expect([done.code, done.stderr]).toEqual([0, ''])
  const middle = await usage()
  expect(bytesBut(before) - bytesBut(middle)).toBe(bytes)
  expect(await daemon.ok('ps', '-a', '--format', '{{.Names}}')).toBe('running')
  expect(await daemon.ok('volume', 'ls', '-q')).toMatch(/^[0-9a-f]{64}\nnamed$/)

  const rest = (await preview('?all=1&volumes=1')).bytes
  expect(rest).toBeGreaterThan(1024 * 1024)
  expect(await ok('prune', '--all', '--volumes', '--yes')).toMatch(/Deleted Images:\nsha256:.*Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed space: .*B\n$/s)
  const after = await usage()
  expect(bytesBut(middle) - bytesBut(after)).toBe(rest)
  expect(total(after, 'reclaimableBytes')).toBe(0)
  expect(await daemon.ok('volume', 'ls', '-q')).toBe('named')
  expect(await ok('prune', '--all', '--volumes')).toBe('Nothing to remove\n')
  expect(await daemon.ok('exec', 'running', 'ls', '/a', '/b', '/c', '/own', '/data/file')).toBe('/a\n/b\n/c\n/data/file\n/own')
})

/** The database keeps its pages. */
function bytesBut({ kinds }: Usage): number {
  return kinds.filter(({ kind }) => kind !== 'database').reduce((sum, { bytes }) => sum + bytes, 0)
}

test('only what was agreed to goes', async () => {
  await daemon.ok('create', '--name', 'seen', 'used')
  await daemon.ok('create', '--name', 'unseen', 'used')
  const seen = await daemon.ok('inspect', '-f', '{{.Id}}', 'seen')
  const answer = await daemon.api('POST', '/engineroom/v1/data/prune?all=1', { containers: [seen, 'nobody'], images: [], volumes: ['named'], buildCaches: [] })
  expect(answer.json()).toMatchObject({ containers: [seen], images: [], volumes: [], buildCaches: [] })
  expect((await daemon.ok('ps', '-a', '--format', '{{.Names}}')).split('\n')).not.toContain('seen')
  expect(await daemon.ok('inspect', '-f', '{{.State.Status}}', 'unseen')).toBe('created')
  expect(await daemon.ok('volume', 'ls', '-q')).toContain('named')
})

test('without a daemon it says so', async () => {
  const { code, stderr } = await engineroom(daemon, ['data', 'usage'], { env: { DOCKER_HOST: `unix://${daemon.root}/none.sock` } })
  expect([code, stderr]).toEqual([1, expect.stringContaining('Cannot connect to the Engineroom daemon at unix://')])
})
