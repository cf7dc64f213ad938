import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isAlive } from '../../engine/linux/process.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { until } from '../harness/until.ts'
import { learn, modelDisagreements } from './agreement.ts'
import { TokenImages } from './archive.ts'
import { Client } from './client.ts'
import { ContainerWork } from './container-work.ts'
import { ImageWork } from './image-work.ts'
import { isFrozen, kernelDisagreements } from './kernel.ts'
import { Model, type ModelContainer } from './model.ts'
import { NetworkWork } from './network-work.ts'
import { hostPortsOf, type Observed, observe } from './observed.ts'
import { Random } from './random.ts'
import { VolumeWork } from './volume-work.ts'
import { type Work, workUntilKilled } from './worker.ts'

/** The same work every time, at moments that differ all the same; `random` looks for what nobody has met yet. */
const SEED = process.env.CHAOS_SEED === 'random' ? Math.floor(Math.random() * 1_000_000) : Number(process.env.CHAOS_SEED ?? 809416)
const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 30)
const WORKERS = 4

test(`${ROUNDS} rounds of random work with kill -9 of the daemon (CHAOS_SEED=${SEED})`, async () => {
  console.log(`CHAOS_SEED=${SEED} CHAOS_ROUNDS=${ROUNDS}`)
  await using daemon = await startDaemon()
  const model = new Model()
  const client = new Client(daemon, model)
  const tokenImages = await TokenImages.create()
  const busyboxId = await daemon.ok('inspect', '-f', '{{.Id}}', '--type', 'image', 'busybox')
  const work: Work = {
    client,
    model,
    containers: new ContainerWork(client, model),
    images: new ImageWork(client, model, { tokenImages, busyboxId }),
    volumes: new VolumeWork(client, model),
    networks: new NetworkWork(client, model),
  }
  await work.networks.createRouted()
  const random = new Random(SEED)
  for (let round = 1; round <= ROUNDS; round++) {
    model.note(`--- round ${round}`)
    await playRound(daemon, work, random, round)
    await checkRound(daemon, work, random).catch(async (error: unknown) => {
      const story = [...model.journal.slice(-150), '--- daemon', (await daemon.log()).slice(-4000)].join('\n')
      throw new Error(`round ${round} of CHAOS_SEED=${SEED}: ${error}\n${story}`, { cause: error })
    })
  }
  await removeEverything(daemon, model)
})

/** Work, the death of the daemon in the middle of it, what happens while it is away, and its return. */
async function playRound(daemon: TestDaemon, { client, model, ...work }: Work, random: Random, round: number): Promise<void> {
  client.isDying = false
  const workers = Array.from({ length: WORKERS }, (_, index) => workUntilKilled({ client, model, ...work }, new Random(SEED * 1000 + round * 10 + index)))
  await pause(random.between(100, 1500))
  client.isDying = true
  const signal = random.chance(0.9) ? 'SIGKILL' : 'SIGTERM'
  model.note(`the daemon gets ${signal}`)
  await daemon.stop(signal)
  await Promise.all(workers)
  if (random.chance(0.4)) await killFromOutside(daemon, model, random)
  await pause(random.between(0, 300))
  if (random.chance(0.25)) await dieWhileStarting(daemon, model, random)
  await daemon.start()
  client.isDying = false
  for (const container of model.containers) {
    // "always" means also this: it comes back with the daemon, whoever stopped it.
    if (isAlways(container) && container.hasStarted && container.phase === 'stopped') Object.assign(container, { phase: 'started', exitCode: undefined })
  }
}

function isAlways({ kind }: ModelContainer): boolean {
  return (kind.hostConfig.RestartPolicy as { Name?: string } | undefined)?.Name === 'always'
}

/** Kills the processes of a container behind the daemon's back. */
async function killFromOutside(daemon: TestDaemon, model: Model, random: Random): Promise<void> {
  const container = random.pick(model.known().filter((one) => one.phase === 'started' && one.kind.settles === 'running'))
  if (!container) return
  const { stdout } = await run('sh', [
    '-c',
    `cat /sys/fs/cgroup/*/engineroom/*/${container.id}/cgroup.procs /sys/fs/cgroup/engineroom/*/${container.id}/cgroup.procs 2>/dev/null | sort -u`,
  ])
  const pids = stdout.split('\n').filter((line) => line !== '')
  // The end of the first process may take the others along.
  await run('kill', ['-9', ...pids])
  // It is not gone before all others of its namespace are reaped, which takes seconds where the machine's first process reaps seldom.
  // A commit that was cut off leaves them frozen: they die when the daemon is back and thaws them.
  if (!(await isFrozen(container.id))) await until('the killed processes to be gone', () => pids.every((pid) => !isAlive(Number(pid))))
  model.note(`killed from outside: ${container.names} (${daemon.root}), processes ${stdout.trim().replaceAll('\n', ' ')}`)
  if (container.kind.hostConfig.RestartPolicy) return
  container.phase = 'stopped'
  container.exitCode = 137
  if (container.kind.hostConfig.AutoRemove === true) container.exists = 'no'
}

async function dieWhileStarting(daemon: TestDaemon, model: Model, random: Random): Promise<void> {
  const starting = daemon.start().catch(() => undefined) // It shall not succeed.
  await pause(random.between(20, 350))
  model.note('the daemon gets SIGKILL while it starts')
  await daemon.stop('SIGKILL')
  await starting
}

async function checkRound(daemon: TestDaemon, { model, containers }: Work, random: Random): Promise<void> {
  const observed = await agree(daemon, model)
  learn(model, observed)
  // One whose answer was lost may be seen down, and be started by its policy before we do.
  const survivor = random.pick(model.known().filter((one) => one.phase === 'stopped' && !isAlways(one)))
  if (survivor) {
    await containers.start(survivor)
    expect(survivor.phase, `docker start of ${survivor.names}`).toBe('started')
  }
  const running = random.pick(model.known().filter((one) => one.phase === 'started' && one.kind.settles === 'running'))
  if (running) expect(await daemon.ok('exec', running.id, 'echo', 'alive')).toBe('alive')
  const loaded = random.pick(model.tags.filter((one) => one.exists === 'yes' && one.token !== undefined))
  if (loaded) expect(await daemon.ok('run', '--rm', '--network', 'none', loaded.name)).toBe(loaded.token)
  for (const [id, container] of observed.containers) {
    const isServer = model.known().some((one) => one.id === id && one.kind.isServer === true && one.phase === 'started')
    if (isServer) for (const port of hostPortsOf(container)) await expectAnswer(daemon, id, port)
  }
  expect(model.violations).toEqual([])
}

/** A process that was let go a moment ago may not listen yet. */
async function expectAnswer(daemon: TestDaemon, id: string, port: number): Promise<void> {
  try {
    await until(`an answer on port ${port}`, () => fetch(`http://127.0.0.1:${port}/sh`, { method: 'HEAD' }))
  } catch (error) {
    throw new Error(`${error}: ${await daemon.ok('inspect', '-f', '{{.Name}} {{json .State}} {{json .NetworkSettings}}', id)}`, { cause: error })
  }
}

/** The daemon, its acknowledgements and the kernel say the same, at last: ends by themselves take a moment. */
async function agree(daemon: TestDaemon, model: Model): Promise<Observed> {
  let differences: string[] = []
  const isCalm = (id: string) => model.containers.some((one) => one.id === id && one.kind.settles === 'running')
  try {
    return await until(
      'state, kernel and model to agree',
      async () => {
        const observed = await observe(daemon)
        differences = [...(await modelDisagreements(model, observed)), ...(await kernelDisagreements(daemon, observed, isCalm))]
        return differences.length === 0 ? observed : undefined
      },
      20_000,
    )
  } catch (error) {
    throw new Error(differences.join('\n') || String(error), { cause: error })
  }
}

async function removeEverything(daemon: TestDaemon, model: Model): Promise<void> {
  await daemon.removeAllContainers()
  for (const network of model.networks.filter((one) => one.exists === 'yes')) await daemon.ok('network', 'rm', network.name)
  for (const volume of model.volumes.filter((one) => one.exists === 'yes')) await daemon.ok('volume', 'rm', volume.name)
  for (const tag of model.tags.filter((one) => one.exists === 'yes')) await daemon.ok('rmi', tag.name)
  await daemon.ok('rmi', 'busybox')
  expect(await daemon.lastTraces()).toEqual([])
  const observed = await observe(daemon)
  // A create that was cut off may leave an anonymous volume, as dockerd's does: it is for `volume prune`.
  const named = [...observed.volumes.keys()].filter((name) => !/^[0-9a-f]{64}$/.test(name))
  expect([...observed.containers.keys(), ...named, ...observed.networks.keys(), ...observed.tags.keys()]).toEqual([])
}
