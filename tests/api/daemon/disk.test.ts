import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { SmallDisk } from '../../harness/small-disk.ts'
import { dockerArchive, tar } from '../images/archives.ts'
import { startFailing } from './failing-start.ts'

describe('a full disk', () => {
  let disk: SmallDisk
  let daemon: TestDaemon
  let large: Buffer
  beforeAll(async () => {
    disk = await SmallDisk.mount('size=12m')
    daemon = await startDaemon({ withBusybox: false })
    await daemon.stop()
    await daemon.start(['-g', join(disk.path, 'data')])
    await daemon.load('busybox:latest')
    large = await dockerArchive({ layers: [await tar([['large', Buffer.alloc(9_000_000, 1)]])] }, ['large:1'])
  })
  afterAll(async () => {
    await daemon.removeAllContainers()
    await daemon.stop()
    await disk[Symbol.asyncDispose]()
    await daemon[Symbol.asyncDispose]()
  })

  const everything = async () => (await readdir(disk.path, { recursive: true })).filter((name) => !/engine\.db|ballast/.test(name)).sort()
  const noSpace = /no space left on device|database or disk is full/

  test('load fails as docker’s does, and leaves nothing', async () => {
    const before = await everything()
    const { code, stderr, stdout } = await daemon.docker(['load'], { input: large })
    expect(stderr + stdout).toMatch(/no space left on device/)
    expect(code).toBe(1)
    expect(await everything()).toEqual(before)
    expect(await daemon.ok('images', '-q', 'large')).toBe('')
  })

  test('import fails as well', async () => {
    const before = await everything()
    const { code, stderr } = await daemon.docker(['import', '-', 'large:2'], { input: await tar([['large', Buffer.alloc(9_000_000, 2)]]) })
    expect(stderr).toMatch(/no space left on device/)
    expect(code).toBe(1)
    expect(await everything()).toEqual(before)
  })

  test('what needs space says why it cannot; what needs none, works; and removing works always', async () => {
    await daemon.ok('volume', 'create', 'old')
    await daemon.ok('tag', 'busybox', 'busybox:old')
    const old = await daemon.ok('create', '--name', 'old', '-v', 'old:/old', 'busybox', 'sleep', '1000')
    await daemon.ok('start', old)
    await writeFile(join(daemon.root, 'rootfs.tar'), await tar([['file', Buffer.alloc(100_000, 3)]]))
    await disk.fill()
    const before = await everything()
    for (const args of [
      ['run', '--rm', 'busybox', 'true'],
      ['import', '-c', 'CMD x', join(daemon.root, 'rootfs.tar')],
      ['commit', old, 'new:1'],
    ]) {
      const { code, stderr } = await daemon.docker(args)
      expect(`${args.join(' ')}: ${stderr}`).toMatch(noSpace)
      expect(code).not.toBe(0)
    }
    expect(await everything()).toEqual(before)
    expect(await daemon.ok('ps', '--format', '{{.Names}}')).toBe('old')
    expect(await daemon.ok('exec', old, 'echo', 'alive')).toBe('alive')
    expect(await daemon.ok('rmi', 'busybox:old')).toBe('Untagged: busybox:old')
    await daemon.ok('stop', '-t', '0', old)
    await daemon.ok('rm', old)
    await daemon.ok('volume', 'rm', 'old')
    await daemon.ok('rmi', 'busybox')
    await disk.empty()
    await daemon.load('busybox:latest')
    expect(await daemon.ok('run', '--rm', 'busybox', 'echo', 'usable again')).toBe('usable again')
  })

  test('the daemon dies and comes back on a full disk, with its containers', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    await daemon.stop('SIGKILL')
    // As for one that ran before it was noted where its runtime state is.
    await rm(join(disk.path, 'data', 'exec-root'))
    await disk.fill()
    await daemon.start(['-g', join(disk.path, 'data')])
    expect(await daemon.ok('exec', id, 'echo', 'alive')).toBe('alive')
    await daemon.ok('rm', '-f', id)
    await disk.empty()
    expect(await daemon.ok('run', '--rm', 'busybox', 'echo', 'usable')).toBe('usable')
  })

  test('a new data root on a full disk is refused with the reason', async () => {
    await disk.fill()
    const { code, stderr } = await startFailing(
      '-H',
      `unix://${daemon.root}/f.sock`,
      '-g',
      join(disk.path, 'fresh'),
      '--exec-root',
      join(daemon.root, 'f'),
      '--bridge',
      `${daemon.bridge}x`,
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/the data-root .*fresh cannot be used: its disk is full/)
    await disk.empty()
  })
})

describe('a disk that cannot be written', () => {
  test.each(['data-root', 'exec-root'])('as %s is refused with the reason', async (flag) => {
    await using disk = await SmallDisk.mount('size=1m')
    await mkdir(join(disk.path, 'there'))
    await writeFile(join(disk.path, 'there', 'x'), '')
    await disk.remountReadOnly()
    const elsewhere = await mkdtemp('/tmp/er-ro-')
    for (const folder of ['there', 'not-there']) {
      const flags = { 'data-root': join(elsewhere, 'data'), 'exec-root': join(elsewhere, 'exec'), [flag]: join(disk.path, folder) }
      const pidfile = join(elsewhere, 'pid')
      const { code, stderr } = await startFailing(
        '-H',
        `unix://${elsewhere}/d.sock`,
        '--pidfile',
        pidfile,
        '--bridge',
        'ertro',
        ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
      )
      expect(stderr).toContain(`the ${flag} ${join(disk.path, folder)} cannot be used: its file system is read-only\n`)
      expect(code).toBe(1)
    }
    await rm(elsewhere, { recursive: true })
  })
})
