import { appendFileSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SIGKILL, sendSignal } from '../../engine/linux/process.ts'
import { Random } from '../chaos/random.ts'
import { engineroom } from '../cli/ours.ts'
import { expectWhole, fill, kernelNamesOf, picture } from '../data/filled-daemon.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { processesOn } from '../harness/leaks.ts'
import { until } from '../harness/until.ts'
import { beginMove } from './moving.ts'

/** Nothing but a failure that somebody has seen needs the same choices twice; the moments differ all the same. */
const SEED = process.env.CHAOS_SEED === undefined ? Math.floor(Math.random() * 1_000_000) : Number(process.env.CHAOS_SEED)
const ROUNDS = Number(process.env.CHAOS_MOVES_ROUNDS ?? 100)
/** For what takes seconds on a machine that has nothing else to do. */
const PATIENCE_MS = 120_000
const VICTIMS = ['client', 'engine', 'both'] as const

interface Scene {
  readonly daemon: TestDaemon
  readonly random: Random
  /** Also in the file `journal` of the daemon's folder, for a run that somebody has to stop. */
  readonly note: (line: string) => void
  /** Of every file, as it was before the first move. */
  readonly before: string
  /** How long a whole move took, with the engine running and with it stopped. */
  readonly lengthMs: { readonly running: number; readonly stopped: number }
}

test(`${ROUNDS} moves of the data directory, with kill -9 of the client, the engine, or both (CHAOS_SEED=${SEED})`, async () => {
  console.log(`CHAOS_SEED=${SEED} CHAOS_MOVES_ROUNDS=${ROUNDS}`)
  await using daemon = await startDaemon()
  await fill(daemon)
  await daemon.ok('create', '--name', 'sleeper', '--stop-signal', 'KILL', 'ours', 'sleep', '100000')
  // The first start of each leaves what overlayfs and the runtime put there.
  await daemon.ok('start', 'sleeper')
  await daemon.ok('stop', 'sleeper')
  await daemon.ok('diff', 'writer')
  await expectWhole(daemon, ['sleeper'])
  const journal: string[] = []
  const note = (line: string) => {
    journal.push(line)
    appendFileSync(join(daemon.root, 'journal'), `${line}\n`)
  }
  const scene: Scene = { daemon, random: new Random(SEED), note, before: await picture(daemon.dataRoot), lengthMs: await lengths(daemon) }
  const counts = { moved: 0, stayed: 0 }
  for (let round = 1; round <= ROUNDS; round++) {
    try {
      counts[await play(scene, round)]++
    } catch (error) {
      const story = [...journal.slice(-30), '--- daemon', (await daemon.log()).slice(-4000)].join('\n')
      throw new Error(`round ${round} of CHAOS_SEED=${SEED}: ${error instanceof Error ? error.stack : error}\n${story}`, { cause: error })
    }
  }
  console.log(
    `${counts.moved} were finished, ${counts.stayed} undone; a whole one takes ${scene.lengthMs.running} ms, ${scene.lengthMs.stopped} ms with the engine stopped`,
  )
  // Where the harness looks for what is left.
  if ((await rootNow(daemon)) !== daemon.dataRoot) expect((await engineroom(daemon, ['data', 'move', daemon.dataRoot])).code).toBe(0)
})

async function play(scene: Scene, round: number): Promise<'moved' | 'stayed'> {
  const { daemon, random, note } = scene
  const from = await rootNow(daemon)
  const target = random.pick([daemon.dataRoot, ...['a', 'b', `new-${round}/deep`].map((name) => join(daemon.root, name))].filter((path) => path !== from)) ?? ''
  const wasThere = await namesIn(target)
  const isStopped = random.chance(0.4)
  const victim = random.pick(VICTIMS) ?? 'both'
  const lengthMs = isStopped ? scene.lengthMs.stopped : scene.lengthMs.running
  const delayMs = random.between(0, Math.ceil(lengthMs * 1.1))
  note(`--- round ${round}: ${from} → ${target}, the engine ${isStopped ? 'stopped' : 'running'}, kill ${victim} after ${delayMs} ms`)
  const folders = await namesIn(daemon.root)
  if (!isStopped && random.chance(0.3)) await daemon.ok('start', 'sleeper')
  if (isStopped) {
    await daemon.ok('stop', 'sleeper')
    await daemon.stop()
  }
  const moving = beginMove(daemon, target, isStopped)
  await pause(delayMs)
  if (victim !== 'engine') moving.kill()
  if (isStopped && victim !== 'client') for (const pid of await moversOf(daemon)) sendSignal(pid, SIGKILL)
  // A client that dies while it asks leaves open whether the engine has heard it.
  const killsEngine = !isStopped && (victim !== 'client' || !moving.hasBegun())
  if (killsEngine) await daemon.stop('SIGKILL')
  if (isStopped) {
    // It may not have come to starting who moves when that one was to be killed.
    await moving.ended
    await until('nobody to move any more', async () => (await moversOf(daemon)).length === 0, PATIENCE_MS)
  }
  note('killed')
  if (isStopped || killsEngine) await restarted(scene)
  note('waiting for the client')
  const { code, stdout, stderr } = await moving.ended
  const now = await settledRoot(daemon)
  note(`the client: ${code} ${stdout.split('\n')[0]} ${stderr.trimEnd().split('\n').at(-1)}; the data is in ${now}`)
  expect([from, target]).toContain(now)
  if (code === 0) expect(now).toBe(target)
  await expectOneOwner(scene, now, now === from ? target : from, wasThere)
  if (now === from) expect(await namesIn(daemon.root)).toEqual(folders)
  if (random.chance(0.3)) await moveOn(scene, now)
  return now === target ? 'moved' : 'stayed'
}

/** The engine starts again; now and then it is killed in that, too, before it has put right what it found. */
async function restarted({ daemon, random, note }: Scene): Promise<void> {
  while (random.chance(0.3)) {
    const delayMs = random.between(50, 900)
    note(`killed again ${delayMs} ms after its start`)
    const starting = daemon.start([], PATIENCE_MS).catch(() => undefined)
    await pause(delayMs)
    await daemon.stop('SIGKILL')
    await starting
  }
  await daemon.start([], PATIENCE_MS)
}

/** One of the two places has everything, the other one nothing but what leads there or was there before. */
async function expectOneOwner({ daemon, before }: Scene, owner: string, other: string, wasThere: readonly string[] | undefined): Promise<void> {
  const isOld = owner !== other && (await namesIn(other))?.includes('move.json') === true
  if (isOld) expect(JSON.parse(await readFile(join(other, 'move.json'), 'utf8')).stage).toBe('moved')
  expect(((await namesIn(other)) ?? []).filter((name) => !['lock', 'move.json'].includes(name))).toEqual([])
  if (wasThere === undefined && !isOld) expect(await namesIn(other)).toBe(undefined)
  expect((await namesIn(owner))?.filter((name) => name.includes('move'))).toEqual([])
  expect(await kernelNamesOf(daemon, other)).toEqual([])
  // Tools that outlived who started them.
  expect((await processesOn(daemon.root)).filter(({ command }) => /^(cp|tar|sync) /.test(command))).toEqual([])
  await daemon.ok('stop', 'sleeper')
  expect(await picture(owner)).toBe(before)
  await expectWhole(daemon, ['sleeper'])
}

/** The next move works, wherever the last one ended. */
async function moveOn({ daemon, note }: Scene, from: string): Promise<void> {
  const to = join(daemon.root, from === join(daemon.root, 'c') ? 'd' : 'c')
  const { code, stderr } = await beginMove(daemon, to, false).ended
  note(`moved on to ${to}: ${code} ${stderr.trimEnd().split('\n').at(-1)}`)
  expect([code, await rootNow(daemon)]).toEqual([0, to])
}

async function lengths(daemon: TestDaemon): Promise<Scene['lengthMs']> {
  const timed = async (to: string, isStopped: boolean) => {
    const begin = performance.now()
    expect((await beginMove(daemon, to, isStopped).ended).code).toBe(0)
    return Math.round(performance.now() - begin)
  }
  await mkdir(join(daemon.root, 'a'))
  const running = await timed(join(daemon.root, 'a'), false)
  await daemon.stop()
  const stopped = await timed(daemon.dataRoot, true)
  await daemon.start()
  return { running, stopped }
}

/** When no move is under way. */
function settledRoot(daemon: TestDaemon): Promise<string> {
  return until(
    'no move to be under way',
    async () => {
      const said = await daemon.api('GET', '/engineroom/v1/data/move')
      return said.body.includes('"outcome"') && rootNow(daemon)
    },
    PATIENCE_MS,
  )
}

const rootNow = (daemon: TestDaemon) => daemon.ok('info', '-f', '{{.DockerRootDir}}')

/** Undefined for a folder that is not there. */
async function namesIn(folder: string): Promise<string[] | undefined> {
  return readdir(folder).catch(() => undefined)
}

/** Who moves the data while no engine runs. */
async function moversOf(daemon: TestDaemon): Promise<number[]> {
  return (await processesOn(daemon.root)).filter(({ command }) => command.includes('--move-data-to')).map(({ pid }) => pid)
}
