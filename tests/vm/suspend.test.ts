import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { run } from '../harness/run.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/** A guest that goes to the disk and comes back; and what is left of it when somebody is killed on the way. */

const ROUNDS = 5

/** Of the guest's clock: a word to it takes its time where everything is emulated. */
const CLOCK_IS_RIGHT_MS = 2_000

let vm: RealVm
let port: number
/** What has been acknowledged. */
const said: string[] = []

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.prepare('--share', 'none')
  port = await freePort()
  const count = 'mkdir /w; echo page >/w/index.html; httpd -h /w; i=0; while :; do i=$((i+1)); echo $i; sleep 1; done'
  await vm.ok('run', '-d', '--name', 'counter', '--restart', 'unless-stopped', '-p', `127.0.0.1:${port}:80`, 'busybox', 'sh', '-c', count)
})
afterAll(() => vm?.[Symbol.asyncDispose]())

/** The engine finds the last line first, and reads to the end then: there may be one more by then. */
const counted = async () => Number((await vm.ok('logs', '--tail', '1', 'counter')).split('\n').at(-1))
const page = () => fetch(`http://127.0.0.1:${port}/`).then((response) => response.text())

test('a container goes on where it was, the clock is right, and all that was reached is reached at once', async () => {
  await until('the container to count', async () => (await counted()) > 3, PATIENCE_MS)
  expect(await until('the page', page, PATIENCE_MS)).toBe('page\n')
  const before = await counted()
  const logs = spawn('docker', ['logs', '-f', 'counter'], { env: { ...process.env, DOCKER_HOST: `unix://${vm.socketPath}` }, stdio: 'ignore' })
  const cut = once(logs, 'exit')
  expect((await vm.vm(['suspend'], { timeoutMs: PATIENCE_MS })).code).toBe(0)
  await cut
  const { state, suspended } = await vm.status()
  expect([state, suspended?.bytes]).toEqual(['suspended', (await stat(vm.file('default', 'suspended.state'))).size])
  const startedAt = performance.now()
  const told = await vm.start('--share', 'none')
  const tookMs = performance.now() - startedAt
  expect(told).toMatch(/✓ Load[\s\S]*✓ Open/)
  const [now, time] = [Date.now(), await vm.ok('exec', 'counter', 'date', '+%s')]
  expect(Math.abs(Number(time) * 1000 - now)).toBeLessThan(CLOCK_IS_RIGHT_MS + (Date.now() - now))
  expect(await page()).toBe('page\n')
  expect(await vm.ok('inspect', '-f', '{{.RestartCount}} {{.HostConfig.RestartPolicy.Name}}', 'counter')).toBe('0 unless-stopped')
  await until('it to count on', async () => (await counted()) > before, PATIENCE_MS)
  expect(await counted()).toBeLessThan(before + 1000)
  // No second beginning.
  expect((await vm.ok('logs', 'counter')).split('\n').filter((line) => line === '1')).toHaveLength(1)
  const load = Number(/✓ Load.*\((.*) s\)/.exec(told)?.[1])
  process.stdout.write(`resume: ${(tookMs / 1000).toFixed(1)} s, of them ${load} s to load ${((suspended?.bytes ?? 0) / 1e6).toFixed(0)} MB\n`)
})

test(`${ROUNDS} times each: killed while it is suspended, or resumed, it comes back, and all that was acknowledged is there`, {
  timeout: 2 * ROUNDS * PATIENCE_MS,
}, async () => {
  for (let round = 0; round < 2 * ROUNDS; round++) {
    await acknowledge(`round${round}`)
    if (round % 2 === 1) expect((await vm.vm(['suspend'], { timeoutMs: PATIENCE_MS })).code).toBe(0)
    const [command, ...victims]: [string, ...Victim[]] = [round % 2 === 0 ? 'suspend' : 'start', ...(VICTIMS[round % VICTIMS.length] ?? [])]
    const asked = vm.vm([command], { timeoutMs: PATIENCE_MS })
    // Somewhere on the way, or before, or after.
    await delay(Math.random() * 1_500)
    const killed = await Promise.all(victims.map(kill))
    const { code } = await asked
    await until('nobody to be at it', async () => ['stopped', 'suspended', 'running', 'failed'].includes((await vm.status()).state), PATIENCE_MS)
    const after = (await vm.status()).state
    const { code: again, stderr } = await vm.vm(['start'], { timeoutMs: PATIENCE_MS })
    if (again !== 0) throw new Error(stderr)
    process.stdout.write(
      `round ${round}: ${command}, killed ${victims} (${killed}), exit code ${code}, then ${after}: ${stderr.includes('✓ Load') ? 'goes on' : stderr.includes('– Load') ? 'boots, as it does not fit' : 'boots, or runs'}\n`,
    )
    await isAllThere()
  }
})

type Victim = 'qemu' | 'supervisor'

const VICTIMS: readonly (readonly Victim[])[] = [['qemu'], ['supervisor'], ['qemu', 'supervisor']]

/** What is not there any more, or not yet, cannot be killed. @returns whether it was */
async function kill(victim: Victim): Promise<boolean> {
  const pid = victim === 'qemu' ? await qemu() : Number.parseInt(await readFile(vm.file('default', 'supervisor.pid'), 'utf8').catch(() => '0'), 10)
  try {
    return pid > 0 && process.kill(pid, 'SIGKILL')
  } catch {
    return false // It was quicker.
  }
}

/** Also one that nobody watches over. */
async function qemu(): Promise<number> {
  const { stdout } = await run('pgrep', ['-f', `qemu-system.*${join(vm.home, 'vm/default/qmp.sock')}`])
  return Number.parseInt(stdout, 10) || 0
}

async function acknowledge(name: string): Promise<void> {
  await vm.ok('run', '--rm', '-v', 'kept:/v', 'busybox', 'sh', '-c', `head -c 100000 /dev/urandom >/v/${name}; sync`)
  said.push(name)
}

async function isAllThere(): Promise<void> {
  const files = await vm.ok('run', '--rm', '-v', 'kept:/v', 'busybox', 'sh', '-c', 'cd /v; for f in *; do echo $f $(wc -c <$f); done')
  expect(files.split('\n')).toEqual(said.toSorted().map((name) => `${name} 100000`))
  expect(await until('the page', page, PATIENCE_MS)).toBe('page\n')
}
