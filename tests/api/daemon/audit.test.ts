import { chmod, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../../harness/certificates.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { RawConnection } from '../../harness/raw-connection.ts'
import { run } from '../../harness/run.ts'
import { client } from '../../harness/session.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { startFailing } from './failing-start.ts'

interface Entry {
  readonly time: string
  readonly who: Readonly<Record<string, unknown>>
  readonly method: string
  readonly path: string
  readonly status?: number
  readonly end?: string
  readonly durationMs: number
}

let daemon: TestDaemon
let certificates: Certificates
let port: number

const file = () => join(daemon.root, 'audit')

beforeAll(async () => {
  daemon = await startDaemon()
  await chmod(daemon.root, 0o755)
  certificates = await makeCertificates(join(daemon.root, 'certs'), '--name', 'zoe@panel.example')
  port = await freePort()
  await daemon.stop()
  await daemon.start(['-H', `tcp://127.0.0.1:${port}`, '--tlsverify', ...certificates.daemonFlags, '--group', 'www-data', '--audit-log', file()])
})
afterAll(() => daemon[Symbol.asyncDispose]())

async function entries(path = file()): Promise<Entry[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1)
  return lines.map((line): Entry => JSON.parse(line))
}

/** The first request whose path fits. */
function entry(path: RegExp): Promise<Entry> {
  return until(`${path} to be noted`, async () => (await entries()).find((one) => path.test(one.path)))
}

describe('who', () => {
  test('a process at the unix socket, by what the kernel says of it', async () => {
    const session = client(daemon, 'ps', '--filter', 'name=by-root')
    await session.ended
    const { who, method, status, time, durationMs } = await entry(/by-root/)
    expect(who).toEqual({ transport: 'unix', pid: session.pid, uid: 0, gid: 0, command: expect.any(String) })
    expect([method, status]).toEqual(['GET', 200])
    expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(60_000)
    expect(durationMs).toBeGreaterThanOrEqual(0)
  })

  test('another user, who has ended before anyone could look', async () => {
    const curl = ['curl', '-s', '-m', '20', '--unix-socket', daemon.socketPath, 'http://x/info?by-nobody']
    const asNobody = await run('setpriv', ['--reuid=65534', '--regid=33', '--clear-groups', ...curl])
    expect(asNobody.code).toBe(0)
    expect((await entry(/by-nobody/)).who).toMatchObject({ transport: 'unix', uid: 65534, gid: 33, pid: expect.any(Number) })
  })

  test('a certificate', async () => {
    const env = certificates.clientOf(`tcp://127.0.0.1:${port}`)
    expect((await daemon.docker(['ps', '--filter', 'name=by-certificate'], { env })).code).toBe(0)
    expect((await entry(/by-certificate/)).who).toEqual({
      transport: 'tls',
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      subject: 'CN=zoe@panel.example',
    })
  })
})

describe('what, and how it ended', () => {
  test('a container’s run: taken-over connections, streams, answers', async () => {
    expect(await daemon.ok('run', '--rm', '--name', 'audited', 'busybox', 'echo', 'hi')).toBe('hi')
    expect(await entry(/\/containers\/create\?name=audited/)).toMatchObject({ method: 'POST', status: 201 })
    expect(await entry(/\/attach\?/)).toMatchObject({ method: 'POST', status: 101 })
    expect(await entry(/\/start$/)).toMatchObject({ method: 'POST', status: 204 })
    expect(await entry(/\/wait\?condition=removed/)).toMatchObject({ method: 'POST', status: 200 })
  })

  test('what is refused, or not there', async () => {
    await daemon.api('GET', '/containers/audit-nosuch/json')
    expect(await entry(/audit-nosuch/)).toMatchObject({ status: 404 })
    await daemon.api('GET', '/no/such/path')
    expect(await entry(/no\/such/)).toMatchObject({ status: 404 })
    const page = [
      '--cacert',
      `${certificates.folder}/ca.pem`,
      '--cert',
      `${certificates.folder}/client/cert.pem`,
      '--key',
      `${certificates.folder}/client/key.pem`,
    ]
    await run('curl', ['-s', ...page, '-H', 'Origin: http://evil.example', `https://127.0.0.1:${port}/containers/json?by-page`])
    expect(await entry(/by-page/)).toMatchObject({ status: 403 })
  })

  test('a client that leaves, and an engine that stops', async () => {
    const events = async (name: string) => {
      const connection = new RawConnection(daemon.socketPath)
      connection.send(`GET /events?${name} HTTP/1.1\r\nHost: docker\r\n\r\n`)
      await connection.head()
      return connection
    }
    ;(await events('left'))[Symbol.dispose]()
    expect(await entry(/events\?left/)).toMatchObject({ status: 200, end: 'client left' })
    using _stopped = await events('stopped')
    await daemon.stop()
    expect(await entry(/events\?stopped/)).toMatchObject({ status: 200, end: 'engine stopped', who: { uid: 0 } })
    await daemon.start(['--audit-log', file()])
  })
})

describe('the file', () => {
  test('is for its owner alone, is appended to, and reopened on SIGHUP', async () => {
    expect(((await stat(file())).mode & 0o777).toString(8)).toBe('600')
    await entry(/by-root/)
    await rename(file(), `${file()}.1`)
    await daemon.api('GET', '/_ping?before')
    await until('the old file to have it', async () => (await entries(`${file()}.1`)).some(({ path }) => path === '/_ping?before'))
    process.kill(daemon.pid, 'SIGHUP')
    await until('the new file', async () => (await stat(file())).isFile())
    await daemon.api('GET', '/_ping?after')
    expect((await entry(/after/)).status).toBe(200)
    expect((await entries(`${file()}.1`)).some(({ path }) => path === '/_ping?after')).toBe(false)
  })

  test('that cannot be written stops the start', async () => {
    const nowhere = ['--data-root', `${daemon.root}/none/data`, '--exec-root', `${daemon.root}/none/exec`, '--bridge', `${daemon.bridge}x`]
    const { code, stderr } = await startFailing(...nowhere, '-H', `unix://${daemon.root}/none.sock`, '--audit-log', `${daemon.root}/no/such/folder/audit`)
    expect([code, stderr]).toEqual([1, expect.stringContaining('the --audit-log cannot be written: open ')])
  })

  test('is not kept unless it is asked for', async () => {
    await daemon.stop()
    const before = (await stat(file())).size
    await daemon.start()
    expect((await daemon.api('GET', '/_ping')).status).toBe(200)
    expect((await stat(file())).size).toBe(before)
  })
})
