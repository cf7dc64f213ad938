import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { engineroom } from '../cli/ours.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { expectWhole, fill, kernelNamesOf, picture } from './filled-daemon.ts'

// Each is many steps with starts of the engine between them.
vi.setConfig({ testTimeout: 240_000 })

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await fill(daemon)
})
afterAll(() => daemon?.[Symbol.asyncDispose]())

const place = (name: string) => join(daemon.root, name)
const rootNow = () => daemon.ok('info', '-f', '{{.DockerRootDir}}')
const move = (...args: string[]) => engineroom(daemon, ['data', 'move', ...args])

test('what cannot be is refused, and nothing has happened', async () => {
  await mkdir(place('full'))
  await writeFile(place('full/file'), '')
  await writeFile(place('file'), '')
  await mkdir(place('small'))
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place('small')])
  try {
    for (const [to, why] of [
      [place('full'), /full is not empty: file is in it/],
      [place('file'), /file is not a folder/],
      [join(daemon.dataRoot, 'inside'), /inside is inside the data directory/],
      [daemon.root, /is inside/],
      [daemon.dataRoot, /the data is in .*\/data already/],
      [place('small'), /small has not enough space: \d+ MB are needed, [12] MB are free/],
      [place('small/new'), /small\/new has not enough space/],
    ] as const) {
      const { code, stderr } = await move(to)
      expect([code, stderr]).toEqual([1, expect.stringMatching(why)])
    }
  } finally {
    await run('umount', [place('small')])
  }
  expect((await daemon.api('POST', '/engineroom/v1/data/move', { to: 'relative' })).status).toBe(400)
  await daemon.ok('run', '-d', '--name', 'running', '--stop-signal', 'KILL', 'busybox', 'sleep', '1000')
  const running = await move(place('new'))
  expect([running.code, running.stderr]).toEqual([1, 'Error response from daemon: containers are running: running; stop them first, or move with --stop\n'])
  expect(await daemon.ok('inspect', '-f', '{{.State.Running}}', 'running')).toBe('true')
  expect([await rootNow(), (await readdir(daemon.root)).includes('new')]).toEqual([daemon.dataRoot, false])
  expect((await readdir(daemon.dataRoot)).includes('move.json')).toBe(false)
})

test('containers that run are stopped with --stop', async () => {
  const { code } = await move('--stop', place('stopped'))
  expect(code).toBe(0)
  expect(await daemon.ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'running')).toBe('exited 137')
  await daemon.ok('start', 'running')
  await daemon.ok('rm', '-f', 'running')
  expect((await move(daemon.dataRoot)).code).toBe(0)
})

const STAGES = ['Stopping the engine', 'Copying', 'Verifying', 'Checking the copy', 'Switching', 'Starting the engine there', 'Removing the old copy']

test('there and back again, with the engine running, and every file is as it was', async () => {
  const target = place('new/deep')
  const { pid } = daemon
  // This may mount it, and then overlayfs clears its own folder.
  const changes = await daemon.ok('diff', 'writer')
  const before = await picture(daemon.dataRoot)
  const there = await move(target)
  expect([there.code, there.stdout]).toEqual([0, expect.stringMatching(/^The data is in .*\/new\/deep\n/)])
  // What is over before the client has found the engine again is not shown; the last stage may be all that is.
  const shown = there.stderr.split('\n').filter((line) => !/^(\w+: \d+ %|)$/.test(line))
  expect(shown).toEqual(STAGES.filter((stage) => shown.includes(stage)))
  expect([await rootNow(), daemon.pid]).toEqual([target, pid])
  expect((await readdir(daemon.dataRoot)).sort()).toEqual(['lock', 'move.json'])
  expect((await readdir(target)).includes('incoming-move.json')).toBe(false)
  expect(await picture(target)).toBe(before)
  // Whiteouts and opaque folders are attributes and devices of overlayfs.
  expect(changes).toContain('D /etc/passwd\n')
  expect(await daemon.ok('diff', 'writer')).toBe(changes)
  const sparse = await run('sh', ['-c', `stat -c %b ${target}/containers/*/upper/made/sparse`])
  expect(Number(sparse.stdout)).toBeLessThan(1000)
  await expectWhole(daemon)
  expect(await daemon.ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'named')).toBe(join(target, 'volumes/named/_data'))
  expect((await daemon.ok('inspect', '-f', '{{range .Mounts}}{{println .Source}}{{end}}', 'reader')).split('\n')).toContain(join(target, 'volumes/named/_data'))
  expect(await kernelNamesOf(daemon, daemon.dataRoot)).toEqual([])

  // The same command line as always, and the new place said.
  for (const flags of [[], ['--data-root', target]]) {
    await daemon.stop()
    await daemon.start(flags)
    expect(await rootNow()).toBe(target)
  }

  expect((await move(daemon.dataRoot)).code).toBe(0)
  expect([await rootNow(), await readdir(target)]).toEqual([daemon.dataRoot, expect.not.arrayContaining(['engine.db'])])
  await daemon.stop()
  await daemon.start()
  expect(await rootNow()).toBe(daemon.dataRoot)
  await expectWhole(daemon)
  expect(await kernelNamesOf(daemon, target)).toEqual([])
})

test('the same with the engine stopped, which stays so', async () => {
  await daemon.stop()
  const unsaid = await move(place('offline'))
  expect([unsaid.code, unsaid.stderr]).toEqual([
    1,
    expect.stringMatching(/^no engine answers on unix:.*: start it, or say where the data .* is, with --data-root/),
  ])
  const before = await picture(daemon.dataRoot)
  const { code, stdout, stderr } = await move('--data-root', daemon.dataRoot, place('offline'))
  expect([code, stdout]).toEqual([0, expect.stringContaining(`The data is in ${place('offline')}\n`)])
  expect(stderr).toContain('moving the data of one that does not run\n')
  expect(stderr.split('\n').filter((line) => STAGES.includes(line))).toEqual(STAGES.filter((stage) => !/the engine/.test(stage)))
  expect(await picture(place('offline'))).toBe(before)
  expect(await kernelNamesOf(daemon, daemon.dataRoot)).toEqual([])
  expect((await move('--data-root', daemon.dataRoot, daemon.dataRoot)).code).toBe(0)
  await daemon.start()
  expect(await rootNow()).toBe(daemon.dataRoot)
  await expectWhole(daemon)
})

test('a new place that is not there does not look like a new engine', async () => {
  expect((await move(place('away'))).code).toBe(0)
  await daemon.stop()
  await run('mv', [place('away'), place('hidden')])
  await expect(daemon.start()).rejects.toThrow(/was moved to .*\/away, and is not there: is its disk mounted\?/)
  await run('mv', [place('hidden'), place('away')])
  await daemon.start()
  expect((await move(daemon.dataRoot)).code).toBe(0)
  await expectWhole(daemon)
  await rm(place('away'), { recursive: true })
  expect((await stat(join(daemon.dataRoot, 'engine.db'))).isFile()).toBe(true)
})
