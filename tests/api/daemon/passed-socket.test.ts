import { type ChildProcess, spawn } from 'node:child_process'
import { linkSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { apiRequest } from '../../harness/api-request.ts'
import { DAEMON_COMMAND, freeNetwork } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'

let root: string
let network: readonly string[]
let daemon: ChildProcess | undefined
beforeEach(async () => {
  root = await mkdtemp('/tmp/er-passed-')
  const { bridge, subnet } = await freeNetwork()
  network = ['--bridge', bridge, '--bip', `${subnet}.1/24`]
})
afterEach(async () => {
  if (daemon) await stop(daemon)
  daemon = undefined
  const [program, ...args] = DAEMON_COMMAND
  expect(await run(program, [...args, '--leave-host', ...folders()])).toMatchObject({ code: 0, stderr: '' })
  await rm(root, { recursive: true, force: true })
})

const folders = () => ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '-p', join(root, 'pid'), ...network]
const flags = () => ['-H', 'fd://', ...folders()]

/** As systemd starts a service: what was opened for it is its descriptor 3, and the environment says whose it is. */
async function startWithSocket(path: string): Promise<ChildProcess> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(root, 'opened'), resolve))
  // Our own listener takes its name along when it closes.
  linkSync(join(root, 'opened'), path)
  const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
  const child = spawn('sh', ['-c', script, 'sh', ...DAEMON_COMMAND, ...flags()], {
    stdio: ['ignore', 'ignore', 'inherit', await descriptorOf(join(root, 'opened'))],
  })
  await new Promise((resolve) => server.close(resolve))
  return child
}

/** Of a listening unix socket of this process. @see proc_net_unix(5) */
async function descriptorOf(path: string): Promise<number> {
  const line = (await readFile('/proc/net/unix', 'utf8')).split('\n').find((one) => one.endsWith(` ${path}`))
  const inode = line?.split(/\s+/)[6]
  const names = await readdir('/proc/self/fd')
  const found = names.find((name) => linkOf(`/proc/self/fd/${name}`) === `socket:[${inode}]`)
  if (found === undefined) throw new Error(`nobody here listens on ${path}`)
  return Number(found)
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // The one that the folder was read by is closed by now.
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode === null && child.kill()) await ended
}

test('the engine answers on the socket that was opened for it, whose children do not have it', async () => {
  const path = join(root, 'docker.sock')
  daemon = await startWithSocket(path)
  await until('the daemon to answer', async () => (await apiRequest(path, 'GET', '/_ping')).status === 200)
  const environment = await readFile(`/proc/${daemon.pid}/environ`, 'utf8')
  expect(environment).toContain('LISTEN_FDS=1')
  expect(await readFile(`/proc/${daemon.pid}/fdinfo/3`, 'utf8')).toMatch(/^flags:\s+02/m) // O_CLOEXEC
  await stop(daemon)
})

test('without such a socket it says so, in dockerd’s words', async () => {
  const [program, ...args] = DAEMON_COMMAND
  const { code, stderr } = await run(program, [...args, ...flags()])
  expect([code, stderr]).toEqual([1, expect.stringContaining('no sockets found via socket activation: make sure the service was started by systemd')])
})
