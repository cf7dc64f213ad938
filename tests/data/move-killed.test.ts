import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { engineroom } from '../cli/ours.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { expectWhole, fill, picture } from './filled-daemon.ts'

// Each is many steps with starts of the engine between them.
vi.setConfig({ testTimeout: 240_000 })

/** For an engine that first undoes a move or ends it. */
const PATIENCE_MS = 60_000

let daemon: TestDaemon
let hex: string
beforeAll(async () => {
  daemon = await startDaemon()
  await fill(daemon)
  hex = (await daemon.ok('images', '-q', '--no-trunc', 'ours')).slice('sha256:'.length)
})
afterAll(async () => {
  if (!daemon) return
  // Where the harness looks for what is left.
  if ((await rootNow()) !== daemon.dataRoot) await engineroom(daemon, ['data', 'move', daemon.dataRoot])
  await daemon[Symbol.asyncDispose]()
})

const place = (name: string) => join(daemon.root, name)
const rootNow = () => daemon.ok('info', '-f', '{{.DockerRootDir}}')
const namesIn = (folder: string) => readdir(folder).catch(() => [])
const PROGRAM = fileURLToPath(new URL('move-until.ts', import.meta.url))

/** A move of a stopped engine that dies when it comes to the stage. */
async function killedAt(stage: string, target: string): Promise<void> {
  await daemon.stop()
  const { code, stderr } = await run(process.execPath, [PROGRAM, daemon.dataRoot, daemon.execRoot, target, stage])
  expect([code, stderr]).toEqual([128, ''])
}

/** One of the two places has everything, and the other one nothing. */
async function expectOneOwner(expected: string, other: string): Promise<void> {
  expect(await rootNow()).toBe(expected)
  await expectWhole(daemon)
  expect((await namesIn(other)).filter((name) => !['lock', 'move.json'].includes(name))).toEqual([])
  expect((await namesIn(expected)).filter((name) => name.includes('move'))).toEqual([])
}

test.each(['copying","current', 'verifying', 'switching'])('killed at %s: it is undone', async (stage) => {
  const target = place('undone/deep')
  await killedAt(stage, target)
  await writeFile(join(daemon.dataRoot, '.move.json-new'), '{') // As a crash leaves it while a record is written.
  const refused = await run(process.execPath, [PROGRAM, target, daemon.execRoot, place('elsewhere')])
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is a copy of')])
  await daemon.start([], PATIENCE_MS)
  await expectOneOwner(daemon.dataRoot, target)
  expect(await readdir(daemon.root)).not.toContain('undone')
})

test('killed once the new place has the data, and again while the old one is removed: it is finished', async () => {
  const target = place('finished')
  const before = await picture(daemon.dataRoot)
  await killedAt('removing', target)
  expect(JSON.parse(await readFile(join(daemon.dataRoot, 'move.json'), 'utf8')).stage).toBe('switched')
  await daemon.start([], PATIENCE_MS)
  await expectOneOwner(target, daemon.dataRoot)

  // Back, cut off where half of the old place has gone.
  await killedAt('removing', daemon.dataRoot)
  const record = join(target, 'move.json')
  await writeFile(record, JSON.stringify({ ...JSON.parse(await readFile(record, 'utf8')), stage: 'removing' }))
  await rm(join(target, 'engine.db'))
  await rm(join(target, 'images'), { recursive: true })
  await daemon.start([], PATIENCE_MS)
  await expectOneOwner(daemon.dataRoot, target)
  expect((await picture(daemon.dataRoot)).split('\n').length).toBe(before.split('\n').length)
})

test('an old place that could not be removed at once is removed later, whichever of the two the engine is told of', async () => {
  const [from, target] = [daemon.dataRoot, place('later')]
  for (const flags of [['--data-root', target], []]) {
    await killedAt('removing', target)
    // It cannot be removed, as after a crash in the middle of that.
    const busy = join(from, 'volumes')
    expect((await run('mount', ['-t', 'tmpfs', 'er-test', busy])).code).toBe(0)
    onTestFinished(async () => void (await run('umount', [busy])))
    await daemon.start()
    await daemon.stop()
    expect((await run('umount', [busy])).code).toBe(0)
    await daemon.start(flags)
    await expectOneOwner(target, from)
    // As it is when the engine is killed before its last step.
    const { id, stage } = JSON.parse(await readFile(join(from, 'move.json'), 'utf8'))
    expect(stage).toBe('moved')
    await daemon.stop()
    await writeFile(join(target, 'incoming-move.json'), JSON.stringify({ id, from }))
    await daemon.start(flags)
    await expectOneOwner(target, from)
    expect((await engineroom(daemon, ['data', 'move', from])).code).toBe(0)
  }
})

test.each([
  ['a layer is not there', (target: string) => rm(join(target, 'images/layers'), { recursive: true })],
  ['an image is another one', async (target: string) => writeFile(join(target, 'images/blobs/sha256', hex), '{}')],
  [
    'it ends there',
    async (target: string) => {
      await rm(join(target, 'engine-id'))
      await mkdir(join(target, 'engine-id'))
    },
  ],
])('a copy on which the engine cannot start, because %s, is given up, and it runs where it was', async (_, damage) => {
  const target = place('unfit')
  await killedAt('removing', target)
  await damage(target)
  await daemon.start([], PATIENCE_MS)
  await expectOneOwner(daemon.dataRoot, target)
})

test.each([
  ['stopping', 'SIGKILL'],
  ['stopping', 'SIGTERM'],
  ['copying', 'SIGKILL'],
  ['starting', 'SIGKILL'],
] as const)('an engine that says %s and gets %s ends, and is whole at its next start, wherever it was', async (stage, signal) => {
  const [from, target] = [await rootNow(), place(`online-${stage}-${signal}`)]
  const answer = await daemon.api('POST', '/engineroom/v1/data/move', { to: target })
  expect(answer.status).toBe(202)
  await seen(stage)
  await daemon.stop(signal)
  await daemon.start([], PATIENCE_MS)
  const now = await rootNow()
  expect([from, target]).toContain(now)
  await expectOneOwner(now, now === from ? target : from)
})

/** Follows the move until it says that it is at a stage, or is further than that. */
async function seen(stage: string): Promise<void> {
  for (;;) {
    const said = await follow((text) => text.includes(`"stage":"${stage}"`) || text.includes('"outcome"'))
    if (said) return
  }
}

/** @returns false when the engine is away */
function follow(isEnough: (text: string) => boolean): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const asking = request({ socketPath: daemon.socketPath, path: '/engineroom/v1/data/move' }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (!isEnough(text)) return
      asking.destroy()
      resolve(true)
    })
    response.on('close', () => resolve(false)).on('error', () => resolve(false))
  })
  asking.on('error', () => setTimeout(() => resolve(false), 10)).end()
  return promise
}
