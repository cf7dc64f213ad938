import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates } from '../harness/certificates.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { FakeVms } from '../harness/fake-vm.ts'
import { type RunOptions, run } from '../harness/run.ts'
import { client, Session } from '../harness/session.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/** Seven programs, one after the other, on a machine that may do other things as well. */
const START_MS = 60_000

const START = fileURLToPath(new URL('../../build/start.ts', import.meta.url))

/** Everything above the driver, with a real daemon behind the mutual TLS in place of one in a guest. */
let daemon: TestDaemon
let vms: FakeVms
let port: number
let daemonFlags: string[]

beforeAll(async () => {
  daemon = await startDaemon()
  port = await freePort()
  vms = await FakeVms.in(join(daemon.root, 'h'), port)
  const certificates = await makeCertificates(vms.file('default', 'certificates'), '--host', 'localhost')
  await daemon.stop()
  daemonFlags = ['-H', `tcp://127.0.0.1:${port}`, '--tlsverify', ...certificates.daemonFlags, '--ports-of-vm-host']
  await daemon.start(daemonFlags)
})
afterAll(async () => {
  await vms[Symbol.asyncDispose]()
  await daemon[Symbol.asyncDispose]()
})

const socket = () => vms.socketPath

/** The docker CLI on the socket that leads into the VM. */
function docker(args: readonly string[], options: RunOptions = {}) {
  return daemon.docker(args, { ...options, env: { DOCKER_HOST: `unix://${socket()}` } })
}

test('start shows the boot as a list and says how to go on; a second start finds the VM', async () => {
  const { code, stdout, stderr } = await vms.start('--cpus', '2', '--memory', '512m')
  expect([code, stdout]).toEqual([0, `export DOCKER_HOST=unix://${socket()}\n`])
  expect(stderr.match(/^✓ [A-Z][a-z']+/gm)).toEqual(['✓ Look', '✓ Prepare', '✓ Power', '✓ Boot', '✓ Mount', '✓ Bring', '✓ Share', '✓ Start', '✓ Open'])
  const first = await vms.status()
  expect(await vms.vm(['start'])).toMatchObject({ code: 0, stderr: expect.stringContaining('The VM default runs already.') })
  expect((await vms.status()).pid).toBe(first.pid)
  expect(first).toMatchObject({ name: 'default', state: 'running', socket: socket(), cpus: 2, memory: { sizeBytes: 512 * 1024 ** 2 }, crashes: 0 })
  expect(first.memory.hostBytes).toBeGreaterThan(1024 ** 2)
  expect((await vms.vm(['start', '--cpus', '3'])).stderr).toContain('with other settings')
})

test('proxies that are chosen while it runs reach the engine, as it sees them', async () => {
  const seen = async () => (await docker(['info', '--format', '{{.HTTPSProxy}}|{{.NoProxy}}'])).stdout.trim()
  expect((await vms.vm(['start', '--https-proxy', 'http://localhost:3128', '--no-proxy', 'a.example'])).code).toBe(0)
  expect(await seen()).toBe('http://10.0.2.2:3128|a.example,10.0.2.2')
  expect((await vms.vm(['start', '--https-proxy', 'none'])).code).toBe(0)
  expect(await seen()).toBe('|a.example')
})

test('what it has is for its owner alone', async () => {
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777
  for (const name of ['certificates/client/key.pem', 'certificates/server/key.pem', 'boot.tar', 'control.sock', 'settings.json', 'console.log'])
    expect(await modeOf(vms.file('default', name)), name).toBe(0o600)
  expect([await modeOf(vms.file('default', '')), await modeOf(socket())]).toEqual([0o700, 0o600])
})

test('streams pass in both directions, and each ends by itself', async () => {
  expect(await docker(['run', '--rm', '-i', 'busybox', 'sh', '-c', 'cat; echo done; exit 4'], { input: 'typed\n' })).toEqual({
    code: 4,
    stdout: 'typed\ndone\n',
    stderr: '',
  })
  const large = Buffer.alloc(8 * 1024 * 1024, 'x')
  expect((await docker(['run', '--rm', '-i', 'busybox', 'wc', '-c'], { input: large })).stdout.trim()).toBe(String(large.length))
  const backwards = await docker(['run', '--rm', 'busybox', 'sh', '-c', 'head -c 8388608 /dev/zero'])
  expect([backwards.code, backwards.stdout.length]).toEqual([0, large.length])
  await daemon.ok('run', '-d', '--name', 'loop', 'busybox', 'sh', '-c', 'trap exit TERM; echo up; while :; do sleep 1 & wait $!; done')
  expect(await docker(['exec', '-i', 'loop', 'sort'], { input: 'b\na\n' })).toEqual({ code: 0, stdout: 'a\nb\n', stderr: '' })
  await using logs = client({ root: daemon.root, socketPath: socket() }, 'logs', '-f', 'loop')
  await logs.shows(/up/)
  await daemon.ok('rm', '-f', 'loop')
  expect(await logs.ended).toBe(0)
})

test('build sends its context and shows its output', async () => {
  const context = join(daemon.root, 'context')
  await mkdir(context)
  await writeFile(join(context, 'words'), 'from the context')
  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nCOPY words /\nRUN cat words\n')
  const { code, stdout, stderr } = await docker(['build', '-t', 'made', context])
  expect([code, stdout, stderr]).toEqual([0, expect.stringContaining('from the context'), expect.anything()])
  await daemon.ok('rmi', 'made')
})

describe('a port that a container publishes', () => {
  const get = (host: string, at: number) => fetch(`http://${host}:${at}/`).then((response) => response.text())
  const serve = 'echo from the guest > index.html; exec httpd -f -p 80'

  test('is there on this computer before the container starts, and gone with it', async () => {
    const at = await freePort()
    const { code, stderr } = await docker(['run', '-d', '--name', 'web', '-w', '/www', '-p', `${at}:80`, 'busybox', 'sh', '-c', serve])
    expect([code, stderr]).toEqual([0, ''])
    for (const host of ['127.0.0.1', '[::1]']) expect(await until('an answer', () => get(host, at))).toBe('from the guest\n')
    expect((await docker(['port', 'web'])).stdout).toBe(`80/tcp -> 0.0.0.0:${at}\n80/tcp -> [::]:${at}\n`)
    await daemon.ok('rm', '-f', 'web')
    for (const host of ['127.0.0.1', '::1']) expect(await isTaken(host, at), host).toBe(false)
  })

  test('that somebody has on this computer fails the start in words of docker', async () => {
    const at = await freePort()
    const other = createServer().listen(at, '127.0.0.1')
    const { code, stderr } = await docker(['run', '--rm', '-p', `127.0.0.1:${at}:80`, 'busybox', 'true'])
    other.close()
    expect([code, stderr]).toEqual([125, expect.stringContaining(`failed to bind host port for 127.0.0.1:${at}:`)])
    expect(stderr).toContain('address already in use')
  })

  test('is one of a range that is free, and on one address when that is named', async () => {
    // No random port: where other daemons' containers had theirs, the kernel of this one machine may still lead them elsewhere.
    const first = await freePort()
    await daemon.ok('run', '-d', '--name', 'web', '-w', '/www', '-p', `127.0.0.1:${first}-${first + 3}:80`, 'busybox', 'sh', '-c', serve)
    const at = Number((await daemon.ok('port', 'web', '80')).split(':')[1])
    expect(at - first).toBeGreaterThanOrEqual(0)
    expect(at - first).toBeLessThanOrEqual(3)
    expect(await until('an answer', () => get('127.0.0.1', at))).toBe('from the guest\n')
    expect(await isTaken('127.0.0.2', at)).toBe(false)
    await daemon.ok('rm', '-f', 'web')
  })

  test('is there again after the engine in the guest was started again', async () => {
    const at = await freePort()
    await daemon.ok('run', '-d', '--name', 'web', '-w', '/www', '-p', `127.0.0.1:${at}:80`, 'busybox', 'sh', '-c', serve)
    await daemon.stop('SIGKILL')
    await daemon.start(daemonFlags)
    expect(await until('an answer', () => get('127.0.0.1', at))).toBe('from the guest\n')
    await daemon.ok('rm', '-f', 'web')
    expect(await until('the port to be free', async () => !(await isTaken('127.0.0.1', at)))).toBe(true)
  })
})

/** Whether somebody listens there. */
function isTaken(host: string, at: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port: at }, () => resolve(true))
  socket.on('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

test('a machine that goes off by itself is noticed and started again', async () => {
  const { pid } = await vms.status()
  process.kill(pid ?? 0, 'SIGKILL')
  const again = await until(
    'the VM to be back',
    async () => {
      const status = await vms.status()
      return status.crashes === 1 && status.state === 'running' && status
    },
    50_000,
  )
  expect(again.pid).not.toBe(pid)
  expect((await docker(['version', '--format', '{{.Server.Os}}'])).stdout).toBe('linux\n')
})

test('a supervisor that was killed has a successor', async () => {
  const before = await vms.status()
  process.kill(Number.parseInt(await readFile(vms.file('default', 'supervisor.pid'), 'utf8'), 10), 'SIGKILL')
  process.kill(before.pid ?? 0, 'SIGKILL')
  await until('the supervisor to be gone', async () => (await vms.vm(['status'])).code === 3)
  expect((await vms.start()).code).toBe(0)
  expect((await docker(['ps', '-q'])).code).toBe(0)
})

describe('a VM that is suspended', () => {
  test('is off, says so, and is not touched; start has it go on from there, with stages of its own', async () => {
    const off = await vms.vm(['suspend'])
    expect(off).toMatchObject({ code: 0, stderr: expect.stringContaining(`The VM default is suspended: 7 B in ${vms.file('default', 'suspended.state')}.`) })
    expect(await vms.status()).toMatchObject({ state: 'suspended', suspended: { bytes: 7 } })
    expect((await vms.vm(['status'])).stdout).toContain('7 B in ')
    expect((await docker(['ps'])).code).not.toBe(0)
    expect((await vms.vm(['suspend'])).stderr).toContain('is suspended already')
    for (const command of [['resize', '--disk', '4g'], ['compact'], ['start', '--cpus', '3']])
      expect((await vms.vm(command)).stderr).toContain('The VM default is suspended: ')
    const { code, stderr } = await vms.vm(['start'])
    expect(code).toBe(0)
    expect(stderr.match(/^✓ [A-Z][a-z']+/gm)).toEqual(['✓ Look', '✓ Prepare', '✓ Load', '✓ Open'])
    expect((await vms.vm(['logs'])).stdout).toContain('engineroom: goes on from a state')
    expect((await docker(['ps'])).code).toBe(0)
    expect((await vms.status()).suspended).toBeUndefined()
  })

  test('boots, and says why, when its state does not fit any more', async () => {
    await vms.vm(['suspend'])
    await appendFile(vms.file('default', 'data.qcow2'), '!')
    const { code, stderr } = await vms.vm(['start'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^– Load .*: The suspended VM cannot go on: the data disk has been changed since\. It boots from its disk, as after a power cut\.$/m)
    expect(stderr).toMatch(/^✓ Boot Linux/m)
    expect((await vms.vm(['logs'])).stdout).not.toContain('goes on from')
  })

  test('goes on first when it is to stop, so that its containers end in order', async () => {
    await vms.vm(['suspend'])
    const before = await vms.shutDowns('default')
    expect((await vms.vm(['stop'])).stderr).toMatch(
      /^The VM default is suspended: it goes on, to end in order\.\n[\s\S]*✓ Load[\s\S]*The VM default is off\.\n$/,
    )
    expect([await vms.shutDowns('default'), (await vms.status()).state]).toEqual([before + 1, 'stopped'])
    expect((await vms.start()).code).toBe(0)
  })

  test('is not, when that fails: it goes on', async () => {
    await mkdir(vms.file('default', 'suspended.state'))
    const { pid } = await vms.status()
    expect(await vms.vm(['suspend'])).toMatchObject({ code: 1, stderr: expect.stringContaining('EISDIR') })
    await rm(vms.file('default', 'suspended.state'), { recursive: true, force: true })
    expect(await vms.status()).toMatchObject({ state: 'running', pid })
    expect((await docker(['ps'])).code).toBe(0)
  })
})

test('stop shuts the guest down; the socket is gone, and status says so', async () => {
  const before = await vms.shutDowns('default')
  expect(await vms.vm(['stop'])).toMatchObject({ code: 0, stderr: 'The VM default is off.\n' })
  expect(await vms.shutDowns('default')).toBe(before + 1)
  expect(await vms.vm(['status'])).toMatchObject({ code: 3, stdout: expect.stringContaining('state   stopped') })
  expect((await docker(['ps'])).code).not.toBe(0)
  expect(await vms.vm(['stop'])).toMatchObject({ code: 0, stderr: 'The VM default is not running.\n' })
})

test('npm start -- --vm --exit boots it, runs a first container in it, and ends with it; one that ran before goes on', { timeout: 4 * START_MS }, async () => {
  const start = () => run(process.execPath, [START, '--vm', '--exit'], { env: vms.env, timeoutMs: START_MS })
  const { code, stdout, stderr } = await start()
  expect([code, stdout]).toEqual([0, expect.stringContaining('Hello from Engineroom')])
  expect(stderr).toMatch(/starting the virtual machine[\s\S]*✓ Start the engine[\s\S]*The VM default is off\.\n$/)
  expect((await vms.vm(['status'])).code).toBe(3)
  expect((await vms.start()).code).toBe(0)
  expect(await start()).toMatchObject({ code: 0, stderr: expect.stringContaining('The VM default runs already.') })
  expect((await vms.vm(['status'])).code).toBe(0)
  await vms.vm(['stop'])
})

test('npm start -- --vm stays until Ctrl-C, which shuts the machine down, or until that is stopped otherwise', { timeout: 4 * START_MS }, async () => {
  {
    await using started = startInTheForeground()
    await started.shows(/stop +Ctrl-C/, START_MS)
    expect((await vms.vm(['status'])).code).toBe(0)
    started.kill('SIGINT')
    expect(await started.ended).toBe(0)
    expect((await vms.vm(['status'])).code).toBe(3)
  }
  await using started = startInTheForeground()
  await started.shows(/stop +Ctrl-C/, START_MS)
  await vms.vm(['stop'])
  expect(await started.ended).toBe(0)
  expect(started.stderr).toContain('the virtual machine was stopped')
})

/** In a terminal of somebody without a display. */
function startInTheForeground(): Session {
  return new Session(daemon, 'env', [`ENGINEROOM_HOME=${vms.home}`, 'DISPLAY=', 'WAYLAND_DISPLAY=', process.execPath, START, '--vm'])
}

test('a boot that fails says at which stage, why, and what to do', async () => {
  await vms.boots(port, "say('stage disk failed there is something on the disk'); process.exit(1)")
  const { code, stderr } = await vms.start('--name', 'other')
  expect(code).toBe(1)
  expect(stderr).toContain('✗ Boot Linux')
  expect(stderr).toContain('In the guest: there is something on the disk')
  expect(stderr).toContain('| engineroom: stage disk failed')
  expect(stderr).toMatch(/^→ .*vm reset/m)
  expect(await vms.status('--name', 'other')).toMatchObject({
    state: 'failed',
    stage: 'kernel',
    failure: { cause: expect.stringContaining('there is something') },
  })
})

test('what cannot be shared is refused before the machine is on, and none is none', async () => {
  await vms.boots(port)
  const { code, stderr } = await vms.start('--name', 'other', '--share', daemon.root)
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('This VM cannot have folders of this computer.\n→ Start it without: engineroom vm start --share none'),
  ])
  expect((await vms.status('--name', 'other')).shares).toEqual([daemon.root])
  expect((await vms.vm(['status', '--name', 'other'])).stdout).toContain(`shares  ${daemon.root}\n`)
  // Nothing to boot from: what was chosen is kept all the same.
  expect((await vms.vm(['start', '--name', 'other', '--share', 'none', '--assets', '/nowhere'])).code).toBe(1)
  expect((await vms.status('--name', 'other')).shares).toEqual([])
})

test('without an image it says how one is made', async () => {
  const { code, stderr } = await vms.vm(['start', '--name', 'other', '--assets', '/nowhere'])
  expect(code).toBe(1)
  expect(stderr).toContain('/nowhere/manifest.json does not exist')
  expect(stderr).toContain('→ Make it with ./engineroom vm build')
})
