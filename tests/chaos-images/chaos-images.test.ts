import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ownRegistry } from '../api/images/own-registry.ts'
import { Registry } from '../api/images/registry-server.ts'
import { Random } from '../chaos/random.ts'
import { startDaemon } from '../harness/daemon.ts'
import { checkImages, sizes, strayFiles } from './integrity.ts'
import { knownImages, served } from './recipes.ts'
import { type Surroundings, Worker } from './worker.ts'

/** The same work every time, at moments that differ all the same; `random` looks for what nobody has met yet. */
const SEED = process.env.CHAOS_SEED === 'random' ? Math.floor(Math.random() * 1_000_000) : Number(process.env.CHAOS_SEED ?? 271828)
const ROUNDS = Number(process.env.CHAOS_IMAGES_ROUNDS ?? 10)
const WORKERS = 4

test(`${ROUNDS} rounds of pull, load, build, push, rmi and prune with kill -9 of the daemon (CHAOS_SEED=${SEED})`, async () => {
  console.log(`CHAOS_SEED=${SEED} CHAOS_IMAGES_ROUNDS=${ROUNDS}`)
  await using daemon = await startDaemon()
  await using target = await Registry.start()
  await using stack = new AsyncDisposableStack()
  const random = new Random(SEED)
  const known = await knownImages(random)
  const sources = await Promise.all(known.map(async (image) => stack.use(await ownRegistry(served(image))).host))
  const around: Surroundings = { daemon, known, sources, target: `127.0.0.1:${target.port}`, pushed: new Set(), journal: [], refused: [] }
  const workers = Array.from({ length: WORKERS }, (_, number) => new Worker(around, number))
  for (let round = 1; round <= ROUNDS; round++) {
    around.journal.push(`--- round ${round}`)
    let isOver = false
    const running = workers.map((worker, i) => worker.workUntil(() => isOver, new Random(SEED * 1000 + round * 10 + i)))
    await pause(random.between(50, 1500))
    isOver = true
    await daemon.stop('SIGKILL')
    await Promise.all(running)
    await daemon.start()
    await check(around, workers).catch(async (error: unknown) => {
      const story = [...around.journal.slice(-60), '--- daemon', (await daemon.log()).slice(-3000)].join('\n')
      throw new Error(`round ${round} of CHAOS_SEED=${SEED}: ${error}\n${story}`, { cause: error })
    })
  }
  console.log(`acknowledged: ${counted(around.journal)}`)
  await daemon.ok('image', 'prune', '-af')
  expect(await daemon.ok('images', '-aq')).toBe('')
  expect(await strayFiles(daemon)).toEqual([])
  expect(await sizes(daemon)).toEqual({ told: 0, measured: 0 })
})

async function check({ daemon, known, target, pushed, refused }: Surroundings, workers: readonly Worker[]): Promise<void> {
  expect(refused).toEqual([])
  const { names, wrong } = await checkImages(daemon, known)
  expect(wrong).toEqual([])
  expect(await strayFiles(daemon)).toEqual([])
  const { told, measured } = await sizes(daemon)
  expect(told).toBe(measured)
  for (const worker of workers) {
    for (const [name, meanings] of worker.names) {
      const id = names.get(name)
      const isBuilt = id !== undefined && !known.some((one) => one.id === id)
      const meaning = isBuilt ? 'built' : id
      expect([...meanings], `${name} stands for ${id}`).toContain(meaning)
      worker.names.set(name, new Set([meaning])) // Whatever it was that a cut off request did, it is known now.
    }
  }
  const owned = new Set(['busybox:latest', ...workers.flatMap((worker) => [...worker.names.keys()])])
  expect([...names.keys()].filter((name) => !owned.has(name))).toEqual([])
  for (const path of pushed) expect([path, (await fetch(`http://${target}/v2/${path}`)).status]).toEqual([path, 200])
}

/** How often each request was answered, and how often it was cut off. */
function counted(journal: readonly string[]): string {
  const counts = new Map<string, [whole: number, cut: number]>()
  for (const line of journal) {
    const [, method, path = ''] = /^\d: (\w+) ([^ ?]+)/.exec(line) ?? []
    const verb = method === 'DELETE' ? 'rmi' : path.slice(path.lastIndexOf('/') + 1)
    const count = counts.get(verb) ?? [0, 0]
    count[line.includes('→ broken') ? 1 : 0]++
    if (method !== undefined) counts.set(verb, count)
  }
  return [...counts].map(([verb, [whole, cut]]) => `${verb} ${whole} (cut off ${cut})`).join(', ')
}
