import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { startFailing } from './failing-start.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** The flags of a second daemon that shares nothing with the first but what is overwritten. */
const ownPlace = (name: string) => {
  const at = (file: string) => join(daemon.root, name, file)
  return { socket: `unix://${at('docker.sock')}`, dataRoot: at('data'), execRoot: at('exec'), bridge: `${daemon.bridge}x` }
}
const flagsOf = (place: ReturnType<typeof ownPlace>) => [
  '-H',
  place.socket,
  '--data-root',
  place.dataRoot,
  '--exec-root',
  place.execRoot,
  '--bridge',
  place.bridge,
  '--bip',
  '10.216.1.1/24',
]

/** The CLI lists the names of one image in any order. */
const lines = async (...args: string[]) => (await daemon.ok(...args)).split('\n').sort()

test.each(['-g', '--graph', '--data-root'])('%s of another folder is an empty engine; the old one brings everything back', async (flag) => {
  await daemon.ok('volume', 'create', 'precious')
  await daemon.ok('run', '--rm', '-v', 'precious:/data', 'busybox', 'sh', '-c', 'echo kept >/data/file')
  await daemon.ok('tag', 'busybox', 'mine:1')
  await daemon.docker(['run', '--name', 'ended', 'busybox', 'sh', '-c', 'echo said; exit 3'])
  await daemon.ok('create', '--name', 'new', '-v', 'precious:/data', '-l', 'a=b', '-e', 'X=1', 'busybox', 'cat', '/data/file')
  const everything = () =>
    Promise.all([lines('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.State}}'), lines('images', '--no-trunc'), lines('volume', 'ls')])
  const before = await everything()
  await daemon.stop()

  const other = join(daemon.root, `other${flag}`)
  await daemon.start([flag, other])
  expect(await daemon.ok('info', '-f', '{{.DockerRootDir}} {{.Containers}} {{.Images}}')).toBe(`${other} 0 0`)
  expect(await daemon.ok('volume', 'ls', '-q')).toBe('')
  await daemon.load('busybox:latest')
  expect(await daemon.ok('run', '--rm', 'busybox', 'echo', 'works')).toBe('works')
  await daemon.ok('create', '--name', 'new', 'busybox')
  await daemon.stop()

  await daemon.start()
  expect(await everything()).toEqual(before)
  expect(await daemon.ok('start', '-a', 'new')).toBe('kept')
  expect(await daemon.ok('logs', 'ended')).toBe('said')
  expect(await daemon.ok('inspect', '-f', '{{.State.ExitCode}} {{.Config.Labels}}', 'ended', 'new')).toBe('3 map[]\n0 map[a:b]')
  await daemon.removeAllContainers()
  await daemon.ok('rmi', 'mine:1')
  await rm(other, { recursive: true })
})

test('a container that runs on while the daemon serves another folder keeps its address to itself', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  const addressOf = (one: string) => daemon.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', one)
  const address = await addressOf(id)
  await daemon.stop()
  const other = join(daemon.root, 'other-network')
  await daemon.start(['-g', other])
  await daemon.load('busybox:latest')
  const taken = []
  for (let i = 0; i < 3; i++) taken.push(await addressOf(await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')))
  expect(taken).not.toContain(address)
  await daemon.removeAllContainers()
  await daemon.stop()
  await daemon.start()
  expect(await addressOf(id)).toBe(address)
  expect(await daemon.ok('run', '--rm', 'busybox', 'ping', '-c', '1', '-W', '2', address)).toContain('1 packets received')
  await daemon.ok('rm', '-f', id)
  await rm(other, { recursive: true })
})

test('a second daemon on the same socket is refused, and the first one does not notice', async () => {
  const { code, stderr } = await startFailing(...flagsOf({ ...ownPlace('socket'), socket: `unix://${daemon.socketPath}` }))
  expect(code).toBe(1)
  expect(stderr).toContain(`another daemon is already listening on unix://${daemon.socketPath}`)
  expect(await daemon.ok('run', '--rm', 'busybox', 'echo', 'unharmed')).toBe('unharmed')
})

test('a second daemon on the same data root is refused before it touches anything', async () => {
  const id = await daemon.ok('run', '-d', '-p', '18500:80', 'busybox', 'sleep', '1000')
  const before = await Promise.all([readdir(daemon.dataRoot), daemon.traces()])
  const { code, stderr } = await startFailing(...flagsOf({ ...ownPlace('root'), dataRoot: daemon.dataRoot }))
  expect(code).toBe(1)
  await expect(stat(join(daemon.root, 'root/docker.sock'))).rejects.toThrow(/ENOENT/)
  expect(stderr).toBe(`engineroom daemon: the data-root ${daemon.dataRoot} is in use by another daemon; stop it, or give this one its own --data-root\n`)
  expect(await Promise.all([readdir(daemon.dataRoot), daemon.traces()])).toEqual(before)
  expect(await daemon.ok('exec', id, 'echo', 'unharmed')).toBe('unharmed')
  await daemon.ok('rm', '-f', id)
})

test('a second daemon on the same pidfile, exec root or bridge is refused', async () => {
  const running = `the daemon is already running as process ${daemon.pid}`
  expect((await startFailing(...flagsOf({ ...ownPlace('exec'), execRoot: daemon.execRoot }))).stderr).toContain(running)
  expect((await startFailing(...flagsOf(ownPlace('pidfile')), '--pidfile', join(daemon.execRoot, 'engineroom.pid'))).stderr).toContain(running)
  expect((await startFailing(...flagsOf({ ...ownPlace('bridge'), bridge: daemon.bridge }))).stderr).toContain(
    `the bridge ${daemon.bridge} belongs to another daemon`,
  )
  expect(await daemon.ok('run', '--rm', 'busybox', 'echo', 'unharmed')).toBe('unharmed')
})

test('the pidfile names the process while it runs; what a killed daemon left is in nobody’s way', async () => {
  const pidfile = join(daemon.execRoot, 'engineroom.pid')
  expect(await readFile(pidfile, 'utf8')).toBe(`${daemon.pid}\n`)
  await daemon.stop('SIGKILL')
  await expect(stat(daemon.socketPath)).resolves.toBeDefined()
  await daemon.start()
  expect(await readFile(pidfile, 'utf8')).toBe(`${daemon.pid}\n`)
  await daemon.stop()
  await expect(stat(pidfile)).rejects.toThrow(/ENOENT/)
  await expect(stat(daemon.socketPath)).rejects.toThrow(/ENOENT/)
  await daemon.start()
})

test('a data root that was written by a newer version is left alone', async () => {
  const place = ownPlace('newer')
  const { default: Sqlite } = await import('better-sqlite3')
  const { mkdir } = await import('node:fs/promises')
  await mkdir(place.dataRoot, { recursive: true })
  const db = new Sqlite(join(place.dataRoot, 'engine.db'))
  db.pragma('user_version = 999')
  db.close()
  const { code, stderr } = await startFailing(...flagsOf(place))
  expect(code).toBe(1)
  expect(stderr).toContain('was written by a newer Engineroom (schema 999')
})
