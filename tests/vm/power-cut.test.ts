import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { run } from '../harness/run.ts'
import { until } from '../harness/until.ts'

/** QEMU is killed while the engine and containers write, which is a power cut for the guest. What was said to be done stays done. */

const ROUNDS = 20

/** Of writing, before the power goes, once something has been acknowledged. */
const LONGEST_MS = 3_000

/** The registry in the guest that images are pushed to and pulled from. */
const REGISTRY = '127.0.0.1:5000'

/** What has been acknowledged. */
const said = { images: new Set<string>(), volumes: new Set<string>() }

/** Runs from before the last moment until the power goes, and again as soon as it is back. */
const SERVICE = 'service'

let vm: RealVm
let context: string

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.prepare('--share', 'none')
  context = join(vm.home, 'context')
  await mkdir(context)
  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nARG ROUND\nRUN head -c 2000000 /dev/urandom > /noise && echo $ROUND > /round\n')
  const { code, stderr } = await run(new URL('../../engineroom', import.meta.url).pathname, ['registry', 'local', 'on'], {
    env: { DOCKER_HOST: `unix://${vm.socketPath}` },
  })
  if (code !== 0) throw new Error(stderr)
  await vm.ok('tag', 'busybox', `${REGISTRY}/busybox`)
  await vm.ok('push', `${REGISTRY}/busybox`)
})
afterAll(() => vm?.[Symbol.asyncDispose]())

test(`${ROUNDS} times: the machine comes back, and all that was acknowledged is there`, { timeout: ROUNDS * 240_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    let isCut = false
    // Each writes until the power goes; what it was told to be done it notes.
    const writing = [builds, volumes, pulls].map((work) => work(round, () => isCut))
    const before = said.images.size + said.volumes.size
    await until('something to be acknowledged', () => said.images.size + said.volumes.size > before, PATIENCE_MS)
    await delay(Math.random() * LONGEST_MS)
    const { pid = 0 } = await vm.status()
    await vm.ok('run', '-d', '--restart', 'unless-stopped', '--name', SERVICE, 'busybox', 'sleep', '1000000')
    isCut = true
    process.kill(pid, 'SIGKILL')
    await Promise.all(writing)
    await comesBack(pid)
    await until('the service to run again', async () => (await vm.ok('inspect', '-f', '{{.State.Status}}', SERVICE)) === 'running', PATIENCE_MS)
    await vm.ok('rm', '-f', SERVICE)
    await isAllThere()
    process.stdout.write(`round ${round + 1}: ${said.images.size} images, ${said.volumes.size} volumes\n`)
  }
  expect(Math.min(said.images.size, said.volumes.size)).toBeGreaterThan(0)
})

async function builds(round: number, isCut: () => boolean): Promise<void> {
  for (let number = 0; !isCut(); number++) {
    const name = `made:${round}-${number}`
    if ((await vm.docker(['build', '-q', '-t', name, '--build-arg', `ROUND=${name}`, context])).code === 0) said.images.add(name)
  }
}

/** The container syncs: what a program did not ask to have on the disk may be lost. */
async function volumes(round: number, isCut: () => boolean): Promise<void> {
  for (let number = 0; !isCut(); number++) {
    const name = `v${round}-${number}`
    const { code } = await vm.docker([
      'run',
      '--rm',
      '-v',
      `${name}:/v`,
      'busybox',
      'sh',
      '-c',
      `head -c 100000 /dev/urandom >/v/noise; echo ${name} >/v/file; sync`,
    ])
    if (code === 0) said.volumes.add(name)
  }
}

async function pulls(round: number, isCut: () => boolean): Promise<void> {
  while (!isCut()) {
    await vm.docker(['rmi', `${REGISTRY}/busybox`])
    if ((await vm.docker(['pull', `${REGISTRY}/busybox`])).code !== 0 && !isCut()) throw new Error(`round ${round}: a pull failed before the power did`)
  }
}

/** It is started again by itself; after some crashes in a row only by hand. */
async function comesBack(pid: number): Promise<void> {
  const state = await until(
    'the VM to be back, or to have given up',
    async () => {
      const now = await vm.status()
      return (now.state === 'running' && now.pid !== pid && 'running') || ((now.state === 'failed' || now.state === 'stopped') && 'down')
    },
    PATIENCE_MS,
  )
  if (state === 'down') await vm.start()
}

async function isAllThere(): Promise<void> {
  const images = (await vm.ok('images', '--format', '{{.Repository}}:{{.Tag}}', 'made')).split('\n')
  expect([...said.images].filter((name) => !images.includes(name))).toEqual([])
  const mounts = [...said.volumes].flatMap((name) => ['-v', `${name}:/all/${name}`])
  const files = await vm.ok(
    'run',
    '--rm',
    ...mounts,
    'busybox',
    'sh',
    '-c',
    'mkdir -p /all; cd /all; for v in *; do [ -e "$v" ] && cat $v/file; wc -c <$v/noise; done; true',
  )
  expect(files.split('\n').filter((line) => line !== '')).toEqual([...said.volumes].toSorted().flatMap((name) => [name, '100000']))
  const last = [...said.images].at(-1)
  // Its layer has its bytes.
  if (last !== undefined) expect(await vm.ok('run', '--rm', last, 'sh', '-c', 'cat /round; wc -c </noise')).toBe(`${last}\n2000000`)
  expect((await vm.docker(['run', '--rm', 'busybox', 'true'])).code).toBe(0)
}
