import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { until } from '../harness/until.ts'
import { terminal } from './ours.ts'

let daemon: TestDaemon
let pid: number

/** An image with one program, and no shell. */
beforeAll(async () => {
  daemon = await startDaemon({ withBusybox: false })
  const tar = pack()
  tar.entry({ name: 'sleep', mode: 0o755 }, readFileSync('/bin/busybox'))
  tar.finalize()
  const { code, stderr } = await daemon.docker(['import', '-', 'bare'], { input: await buffer(tar) })
  expect([code, stderr]).toEqual([0, ''])
  await daemon.ok('run', '-d', '--name', 'bare', '--read-only', '--cap-drop', 'ALL', '-e', 'PATH=/own', '-u', '1234', 'bare', '/sleep', '1000')
  pid = Number(await daemon.ok('inspect', '--format', '{{.State.Pid}}', 'bare'))
})
afterAll(() => daemon[Symbol.asyncDispose]())

const toolboxes = async () => (await readdir(`/proc/${pid}/root/dev`)).filter((name) => name.startsWith('.engineroom'))
const nothingIsLeft = () =>
  until('nothing to be left', async () => (await toolboxes()).length === 0 && (await daemon.ok('top', 'bare', '-o', 'pid')).split('\n').length === 2)

test('a shell where the image has none: tools of ours, the container’s own processes and files, and nothing changed', async () => {
  expect((await daemon.docker(['exec', 'bare', '/bin/sh'])).code).toBe(127)
  await using session = terminal(daemon, 'debug bare')
  await session.shows(/\(debug\) \/ # /)
  session.type('ls -d /sleep; tr "\\0" . </proc/1/cmdline; echo; id -u; echo $PATH; stty size\r')
  await session.shows(/\/sleep\r\n\/sleep\.1000\.\r\n0\r\n\/own:\/dev\/\.engineroom-toolbox-\w+\r\n24 80\r/)
  expect(await daemon.ok('diff', 'bare')).toBe('')
  expect(await toolboxes()).toHaveLength(1)
  session.type('sleep 2000 & exit 3\r')
  expect(await session.ended).toBe(3)
  await nothingIsLeft()
})

test('two at once do not end each other', async () => {
  await using first = terminal(daemon, 'debug bare')
  await using second = terminal(daemon, 'debug bare')
  await first.shows(/\(debug\)/)
  await second.shows(/\(debug\)/)
  second.type('exit\r')
  expect(await second.ended).toBe(0)
  await until('one to be left', async () => (await toolboxes()).length === 1)
  first.type('echo still-$((1+1))\r')
  await first.shows(/still-2/)
  first.type('exit\r')
  expect(await first.ended).toBe(0)
  await nothingIsLeft()
})

test('a daemon that is killed leaves nothing of it once it is back', async () => {
  await using session = terminal(daemon, 'debug bare')
  await session.shows(/\(debug\)/)
  await daemon.stop('SIGKILL')
  await session.ended
  expect(await toolboxes()).toHaveLength(1)
  await daemon.start()
  await nothingIsLeft()
})

test('it needs a running container, and a terminal', async () => {
  await daemon.ok('create', '--name', 'idle', 'bare', '/sleep', '1')
  const refused = await daemon.api('POST', '/engineroom/v1/containers/idle/terminals', { debug: true, rows: 24, columns: 80 })
  expect([refused.status, JSON.parse(refused.body).message]).toEqual([409, expect.stringMatching(/^container [0-9a-f]{64} is not running$/)])
  const elsewhere = await daemon.api('POST', '/engineroom/v1/containers/nobody/terminals', { debug: true, rows: 24, columns: 80 })
  expect(elsewhere.status).toBe(404)
})

test('nothing is put into the /dev of this machine', async () => {
  await daemon.ok('run', '-d', '--name', 'ours', '-v', '/dev:/dev', 'bare', '/sleep', '1000')
  const refused = await daemon.api('POST', '/engineroom/v1/containers/ours/terminals', { debug: true, rows: 24, columns: 80 })
  expect([refused.status, refused.body]).toEqual([409, expect.stringContaining('/dev of this container is no file system of its own')])
  expect((await readdir('/dev')).filter((name) => name.startsWith('.engineroom'))).toEqual([])
})
