import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { moveDisk } from '../../electron/hosts/vm/data-disk/move-disk.ts'
import { MOVING, ownVm } from '../../electron/hosts/vm/own-vm.ts'
import { takePidLock } from '../../electron/hosts/vm/supervisor/pid-lock.ts'
import { makeVmFolder, vmFolder } from '../../electron/hosts/vm/vm-folder.ts'
import { makeCertificates } from '../harness/certificates.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { FakeVms } from '../harness/fake-vm.ts'
import { run } from '../harness/run.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'
import { engineroom } from './ours.ts'

/** The data disk of a VM of the fake driver, with a real daemon behind it. The tests go on from one another. */
let daemon: TestDaemon
let vms: FakeVms
let port: number

/** A program of Node's, on a machine that does other things as well. */
const START_MS = 30_000

const VM = fileURLToPath(new URL('../../dist/vm/main.mjs', import.meta.url))

beforeAll(async () => {
  daemon = await startDaemon()
  port = await freePort()
  // A machine whose disk is in a folder of this name does not come up.
  vms = await FakeVms.in(join(daemon.root, 'h'), port, "if (process.env.VM_DISK.includes('/unfit/')) process.exit(1)")
  const certificates = await makeCertificates(vms.file('default', 'certificates'), '--host', 'localhost')
  await daemon.stop()
  await daemon.start(['-H', `tcp://127.0.0.1:${port}`, '--tlsverify', ...certificates.daemonFlags, '--ports-of-vm-host'])
  expect((await vms.start()).code).toBe(0)
  await write('what was written')
})
afterAll(async () => {
  await vms?.[Symbol.asyncDispose]()
  await daemon?.[Symbol.asyncDispose]()
})

const place = (...names: string[]) => join(daemon.root, ...names)
const first = () => vms.file('default', 'data.qcow2')
const diskNow = async () => (await vms.status()).disk.path
const answers = async () => (await daemon.docker(['version', '--format', '{{.Server.Os}}'], { env: { DOCKER_HOST: `unix://${vms.socketPath}` } })).stdout

/** In the middle of the disk, which the fake guest leaves alone. */
const AT = 700_000_000

async function write(text: string): Promise<void> {
  await using file = await open(await diskNow(), 'r+')
  await file.write(Buffer.from(text), 0, undefined, AT)
}

async function written(): Promise<string> {
  await using file = await open(await diskNow(), 'r')
  return (await file.read(Buffer.alloc(16), 0, 16, AT)).buffer.toString()
}

/** What is in a folder of the disk's: of the fake guest's own there is its note that it was shut down. */
const disksIn = async (folder: string) =>
  (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('data.qcow2') && !name.endsWith('.shut-down'))

/** A file system of its own, until the test ends. */
async function mount(name: string, options: string): Promise<void> {
  await mkdir(place(name))
  expect((await run('mount', ['-t', 'tmpfs', '-o', options, 'er-test', place(name)])).code).toBe(0)
  onTestFinished(async () => void (await run('umount', [place(name)])))
}

test('a VM that runs is shut down, moves, and runs from there; the old file is gone', async () => {
  const { pid } = await vms.status()
  const { code, stderr } = await vms.vm(['move', place('one')])
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^The VM default is off\.\nCopying\n[\s\S]*Verifying: 100 %\n[\s\S]*✓ Start the engine/)])
  expect(stderr).toContain(`The data disk is ${place('one/data.qcow2')} now.\n`)
  const status = await vms.status()
  expect(status).toMatchObject({ state: 'running', disk: { path: place('one/data.qcow2') } })
  expect(status.pid).not.toBe(pid)
  expect([await written(), await answers(), await disksIn(vms.file('default', ''))]).toEqual(['what was written', 'linux\n', []])
  expect((await vms.vm(['status'])).stdout).toContain(`of this computer, in ${place('one/data.qcow2')}\n`)
})

test('a VM that does not come up there is started again where it was', async () => {
  const { code, stderr } = await vms.vm(['move', place('unfit')])
  expect([code, stderr]).toEqual([1, expect.stringContaining(`The data disk stays where it was, ${place('one/data.qcow2')}: The machine went off.`)])
  expect([(await vms.status()).state, await written(), await answers()]).toEqual(['running', 'what was written', 'linux\n'])
  expect(await disksIn(place('unfit'))).toEqual([])
})

test('what cannot be is said before anything is stopped', async () => {
  const { pid } = await vms.status()
  await mount('small', 'size=4k')
  await mount('read-only', 'ro')
  const said = async (dir: string) => (await vms.vm(['move', dir])).stderr
  expect(await said(place('small'))).toMatch(/small has not enough space: 64 KiB are needed, 4 KiB are free\.\n→ /)
  expect(await said(place('read-only/new'))).toContain(`Nothing can be made in ${place('read-only')}: its file system can only be read.\n`)
  expect(await said(place('one'))).toContain(`The data disk is in ${place('one')} already.\n`)
  expect(await said('')).toContain('needs one folder')
  expect((await vms.status()).pid).toBe(pid)
})

test('space that somebody else takes meanwhile: it is undone', async () => {
  const folder = vmFolder('full', { home: place('full'), platform: 'linux' })
  await makeVmFolder(folder)
  await writeFile(folder.ownDisk, Buffer.alloc(3 * 1024 ** 2, 'a'))
  await mount('filled', 'size=4m')
  const fill = () => writeFileSync(place('filled/noise'), Buffer.alloc(2 * 1024 ** 2, 'x'))
  const moving = moveDisk(folder, place('filled'), new AbortController().signal, (_, bytes, of) => bytes < of && fill())
  await expect(moving).rejects.toThrow(`The data disk could not be copied to ${place('filled')}: there is no space left.`)
  expect(await readdir(place('filled'))).toEqual(['noise'])
  expect(await readdir(folder.folder)).toEqual(['data.qcow2'])
})

test('a move that is killed is undone, or goes on, at the next start', async () => {
  const child = spawn(process.execPath, [VM, 'move', place('two')], { env: { ...process.env, ...vms.env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
    if (said.includes('Copying')) child.kill('SIGKILL')
  })
  await once(child, 'close')
  expect((await vms.status()).state).toBe('stopped')
  expect((await vms.start()).code).toBe(0)
  const now = await diskNow()
  expect([place('one/data.qcow2'), place('two/data.qcow2')]).toContain(now)
  expect([await written(), await answers()]).toEqual(['what was written', 'linux\n'])
  expect([...(await disksIn(place('one'))), ...(await disksIn(place('two')))]).toEqual(['data.qcow2'])
})

test('data move of the engine in it is this move; containers that run keep it from beginning', async () => {
  const env = { DOCKER_HOST: `unix://${vms.socketPath}`, ENGINEROOM_HOME: '' }
  await daemon.ok('run', '-d', '--name', 'busy', 'busybox', 'sleep', '1000000')
  expect(await engineroom(daemon, ['data', 'move', place('four')], { env })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('containers are running: busy; stop them first'),
  })
  await daemon.ok('rm', '-f', 'busy')
  // Asked by itself, the engine in the guest knows of no folder of this computer's.
  expect(await daemon.api('POST', '/engineroom/v1/data/move', { to: place('four') })).toMatchObject({
    status: 400,
    body: expect.stringContaining('engineroom vm move DIR'),
  })
  const { code, stderr } = await engineroom(daemon, ['data', 'move', place('four')], { env })
  expect([code, stderr]).toEqual([0, expect.stringContaining(`The data disk is ${place('four/data.qcow2')} now.\n`)])
  expect([await diskNow(), await written()]).toEqual([place('four/data.qcow2'), 'what was written'])
  expect((await engineroom(daemon, ['data', 'move', '--data-root', '/x', place('five')], { env })).stderr).toContain('say nothing about its disk')
})

test('one that is off moves, is tried, and is off again; what is done to a disk is done to it where it is', async () => {
  await vms.vm(['stop'])
  expect((await vms.vm(['move', place('five')])).stderr).toMatch(/✓ Start the engine[\s\S]*The VM default is off\.\nThe data disk is /)
  expect(await vms.status()).toMatchObject({ state: 'stopped', disk: { path: place('five/data.qcow2') } })
  expect((await vms.vm(['resize', '--disk', '2g'])).code).toBe(0)
  expect((await stat(place('five/data.qcow2'))).size).toBe(2 * 1024 ** 3)
  expect((await vms.vm(['compact'])).code).toBe(0)
  expect(await disksIn(vms.file('default', ''))).toEqual([])
})

test('a terminal that is closed calls it off, as Ctrl-C does', async () => {
  // It waits for whoever has the VM, as a supervisor that is about to leave does.
  await using _lock = await takePidLock(vms.file('default', 'supervisor.pid'))
  const child = spawn(process.execPath, [VM, 'move', place('six')], { env: { ...process.env, ...vms.env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => (said += chunk))
  const of = (file: string) => readFile(`/proc/${child.pid}/${file}`, 'utf8')
  // Of SIGHUP's bit nobody but the command itself takes care, once the process is that.
  const hears = async () => (await of('cmdline')).includes('move') && /^SigCgt:\s*[0-9a-f]+[13579bdf]$/m.test(await of('status'))
  await until('it to hear of the signal', hears, START_MS)
  child.kill('SIGHUP')
  expect(await once(child, 'close')).toEqual([1, null])
  expect(said).toBe(`The data disk stays where it was, ${place('five/data.qcow2')}: It was called off.\n`)
})

test('while it is being moved nobody else has it', async () => {
  await using _owned = await ownVm(vmFolder('default', { home: vms.home, platform: 'linux' }), MOVING)
  for (const words of [['start'], ['compact'], ['resize', '--disk', '3g'], ['move', place('six')], ['reset', 'erase', '--yes']])
    expect(await vms.vm(words), words[0]).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The VM default is off while its data disk is being moved.'),
    })
  expect(await written()).toBe('what was written')
})

test('a disk that is not there is not made anew', async () => {
  const aside = place('aside')
  expect((await run('mv', [place('five'), aside])).code).toBe(0)
  const { code, stderr } = await vms.vm(['start'])
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining(`The data disk is not there: ${place('five/data.qcow2')}.\n→ Is the file system that it is on mounted?`),
  ])
  expect((await vms.vm(['resize', '--disk', '3g'])).stderr).toContain('The data disk is not there')
  expect((await run('mv', [aside, place('five')])).code).toBe(0)
})

test('erased is the file where it is; the next one is where a disk begins', async () => {
  expect((await vms.vm(['reset', 'erase', '--yes'])).code).toBe(0)
  expect(await disksIn(place('five'))).toEqual([])
  expect(await diskNow()).toBe(first())
  await rm(place('five'), { recursive: true })
})
