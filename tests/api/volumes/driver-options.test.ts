import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const create = (Name: string, DriverOpts: Record<string, string>) => daemon.api('POST', '/volumes/create', { Name, DriverOpts })

/** Its file system, as the kernel has it mounted on the volume's folder; none when it is not mounted. */
async function mountedOn(volume: string): Promise<string[]> {
  const path = join(daemon.dataRoot, 'volumes', volume, '_data')
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.split(' ')[4] === path)
  return lines.map((line) => line.split(' - ')[1]?.split(' ')[0] ?? '')
}

/** A folder of the host with a file. */
async function hostFolder(name: string): Promise<string> {
  const path = join(daemon.root, name)
  await mkdir(path)
  await writeFile(join(path, 'here'), 'host')
  return path
}

describe('refused', () => {
  test.each<[Record<string, string>, number, string]>([
    [{ x: 'y' }, 400, 'create bad: invalid option: "x"'],
    [{ type: 'tmpfs' }, 400, 'create bad: missing required option: "device"'],
    [{ device: 'tmpfs' }, 400, 'create bad: missing required option: "type"'],
    [{ o: 'size=1m' }, 400, 'create bad: missing required option: "device"'],
    [{ size: '1m' }, 400, 'create bad: quota size requested but no quota support'],
    [{ size: 'x' }, 500, "create bad: invalid size: 'x'"],
  ])('%o', async (options, status, message) => {
    const answer = await create('bad', options)
    expect([answer.status, answer.json()]).toEqual([status, { message }])
  })
})

describe('a tmpfs', () => {
  test('is there from the first container that runs with it to the last, also when the daemon is killed in between', async () => {
    await daemon.ok('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m,mode=0750', 'memory')
    expect(await daemon.ok('volume', 'inspect', '-f', '{{json .Options}}', 'memory')).toBe('{"device":"tmpfs","o":"size=1m,mode=0750","type":"tmpfs"}')
    const first = await daemon.ok('run', '-d', '-v', 'memory:/m', 'busybox', 'sh', '-c', 'echo shared > /m/f; sleep 1000')
    const second = await daemon.ok('run', '-d', '-v', 'memory:/m', 'busybox', 'sleep', '1000')
    expect(await mountedOn('memory')).toEqual(['tmpfs'])
    await daemon.stop('SIGKILL')
    await daemon.start()
    await daemon.ok('rm', '-f', first)
    expect(await daemon.ok('exec', second, 'cat', '/m/f')).toBe('shared')
    expect(await mountedOn('memory')).toEqual(['tmpfs'])
    await daemon.ok('kill', second)
    await daemon.ok('wait', second)
    expect(await mountedOn('memory')).toEqual([])
    expect(await daemon.ok('run', '--rm', '-v', 'memory:/m', 'busybox', 'stat', '-c', '%a', '/m')).toBe('750')
    expect(await daemon.ok('run', '--rm', '-v', 'memory:/m', 'busybox', 'ls', '/m')).toBe('')
  })

  test('goes when its container ended while no daemon was there', async () => {
    await daemon.ok('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'short')
    const id = await daemon.ok('run', '-d', '-v', 'short:/m', 'busybox', 'sleep', '1000')
    const pid = Number(await daemon.ok('inspect', '-f', '{{.State.Pid}}', id))
    await daemon.stop('SIGKILL')
    process.kill(pid, 'SIGKILL')
    await daemon.start()
    await daemon.ok('wait', id)
    expect(await mountedOn('short')).toEqual([])
  })
})

describe('a bind', () => {
  test('is a folder of the host, which stays when the volume goes', async () => {
    const folder = await hostFolder('bound')
    await daemon.ok('volume', 'create', '-o', 'type=none', '-o', `device=${folder}`, '-o', 'o=bind', 'bound')
    expect(await daemon.ok('run', '--rm', '-v', 'bound:/d', 'busybox', 'sh', '-c', 'cat /d/here; echo more > /d/more')).toBe('host')
    await daemon.ok('volume', 'rm', 'bound')
    expect((await readdir(folder)).sort()).toEqual(['here', 'more'])
  })

  test('read-only is read-only', async () => {
    const folder = await hostFolder('fixed')
    await daemon.ok('volume', 'create', '-o', 'type=none', '-o', `device=${folder}`, '-o', 'o=bind,ro', 'fixed')
    const { code, stderr } = await daemon.docker(['run', '--rm', '-v', 'fixed:/d', 'busybox', 'touch', '/d/x'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('Read-only file system')])
  })

  test('that is empty gets what the image has there', async () => {
    const folder = join(daemon.root, 'filled')
    await mkdir(folder)
    await daemon.ok('volume', 'create', '-o', 'type=none', '-o', `device=${folder}`, '-o', 'o=bind', 'filled')
    await daemon.ok('create', '-v', 'filled:/bin', 'busybox')
    expect(await readdir(folder)).toContain('sh')
    expect(await mountedOn('filled')).toEqual([])
  })
})

describe('what cannot be mounted fails the start, and leaves nothing', () => {
  const where = (volume: string) => join(daemon.dataRoot, 'volumes', volume, '_data')

  test.each<[string, Record<string, string>, string]>([
    ['folder', { type: 'none', device: '/nosuch', o: 'bind' }, ': failed to mount local volume: mount /nosuch:PATH, flags: 0x1000: no such file or directory'],
    ['system', { type: 'nosuch', device: 'x', o: 'a=b,ro' }, ': failed to mount local volume: mount x:PATH, flags: 0x1, data: a=b: no such device'],
    [
      'name',
      { type: 'nfs', device: ':/x', o: 'addr=nosuch.invalid' },
      ': error resolving passed in network volume address: lookup nosuch.invalid: no such host',
    ],
  ])('no such %s', async (volume, options, reason) => {
    await create(volume, options)
    const id = await daemon.ok('create', '-v', `${volume}:/d`, 'busybox')
    const answer = await daemon.api('POST', `/containers/${id}/start`)
    const message = `error while mounting volume '${where(volume)}'${reason.replace('PATH', where(volume))}`
    expect([answer.status, answer.json()]).toEqual([500, { message }])
    expect((await daemon.traces()).filter((trace) => !trace.includes('/data/containers/'))).toEqual([])
  })
})

test('the anonymous volumes of a create that was cut off go at the next start, and no others', async () => {
  const [lost, kept] = [await daemon.ok('volume', 'create'), await daemon.ok('volume', 'create')]
  const used = await daemon.ok('create', '-v', '/data', 'busybox')
  const [taken] = JSON.parse(await daemon.ok('inspect', '-f', '{{json .Mounts}}', used)) as { Name: string }[]
  await daemon.stop('SIGKILL')
  // What a daemon leaves that is killed before the container has its row.
  const folder = join(daemon.dataRoot, 'containers', 'f'.repeat(64))
  await mkdir(folder)
  await writeFile(join(folder, 'made-volumes'), `${lost}\n${taken?.Name}\n${'0'.repeat(64)}\n`)
  await daemon.start()
  const left = (await daemon.ok('volume', 'ls', '-q')).split('\n')
  expect([left.includes(lost), left.includes(kept), left.includes(taken?.Name ?? '')]).toEqual([false, true, true])
})
