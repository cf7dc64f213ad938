import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shippedImages } from '../../build/hello-image.ts'
import { type Certificates, makeCertificates } from '../harness/certificates.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { startTap } from '../harness/tap.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'
import { engineroom } from './ours.ts'

let folder: string
let daemon: TestDaemon
let certificates: Certificates
let port: number

beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-')
  certificates = await makeCertificates(join(folder, 'certs'))
  port = await freePort()
  daemon = await startDaemon({ flags: ['-H', `tcp://127.0.0.1:${port}`, '--tlsverify', ...certificates.daemonFlags] })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const listen = () => ['--listen', `unix://${folder}/tap.sock`]
/** The docker CLI through the tap. */
const docker = (args: string[], input?: string | Buffer) => daemon.docker(args, { input, env: { DOCKER_HOST: `unix://${folder}/tap.sock` } })

describe('what passes', () => {
  test('is shown with its streams, and passes as without the tap, the end of input too', async () => {
    await using tap = await startTap(daemon, listen())
    const { code, stdout, stderr } = await docker(['run', '-i', '--rm', 'busybox', 'sh', '-c', 'cat; echo wrong >&2; exit 3'], 'typed\n')
    expect([code, stdout, stderr]).toEqual([3, 'typed\n', 'wrong\n'])
    await tap.shows(/■ 17 B received {2}[\d.]+ m?s\n(.*\n)*$/)
    for (const line of [
      /^\d\d:\d\d:\d\d\.\d{3} #1 → HEAD \/_ping\n/m,
      / #2 → POST \/v1\.\d+\/containers\/create {2}application\/json {2}[\d.]+ kB\n.* #2 → {3}\{"Hostname":""/,
      / #2 ← 201 Created {2}application\/json {2}88 B {2}[\d.]+ m?s\n.* #2 ← {3}\{"Id":"[0-9a-f]{64}","Warnings":\[\]\}\n/,
      /\/attach\?stderr=1&stdin=1&stdout=1&stream=1/,
      / #3 ← 101 UPGRADED {2}application\/vnd\.docker\.multiplexed-stream/,
      / #3 → {3}typed\n/,
      / #3 → end of input\n/,
      / #3 ← stdout {3}typed\n/,
      / #3 ← stderr {3}wrong\n/,
      / ← 204 No Content/,
      / ← {3}\{"StatusCode":3\}\n/,
      / #3 ■ 6 B sent, 28 B received {2}[\d.]+ m?s\n/,
    ]) {
      await tap.shows(line)
    }
  })

  test('is cut where it is shown, and nowhere else', async () => {
    await using tap = await startTap(daemon, listen())
    const image = await shippedImages(['busybox:latest'])
    expect(await docker(['load'], image)).toMatchObject({ code: 0, stdout: 'Loaded image: busybox:latest\n' })
    const saved = await docker(['save', 'busybox'])
    expect([saved.code, saved.stdout.length > 1_000_000]).toEqual([0, true])
    await until('all to be told', () => / MB received /.test(tap.stdout))
    expect(tap.stdout).toMatch(/ MB sent, /)
    expect(tap.stdout).toContain('not all is shown')
    expect(tap.stdout.length).toBeLessThan(20_000)
  })

  test('is a line of JSON each with --json', async () => {
    await using tap = await startTap(daemon, [...listen(), '--json'])
    await docker(['version'])
    await until('the answer', () => tap.stdout.includes('"end":"engine"'))
    const events = tap.stdout
      .slice(0, tap.stdout.lastIndexOf('\n'))
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events[0]).toMatchObject({ exchange: 1, request: { method: 'HEAD', target: '/_ping' } })
    expect(events.some(({ response }) => response?.status === 200)).toBe(true)
  })

  test('also from an engine elsewhere, by TLS', async () => {
    const tls = ['--tlsverify', '--tlscacert', `${certificates.folder}/client/ca.pem`]
    const own = ['--tlscert', `${certificates.folder}/client/cert.pem`, '--tlskey', `${certificates.folder}/client/key.pem`]
    await using tap = await startTap(daemon, listen(), ['-H', `tcp://127.0.0.1:${port}`, ...tls, ...own])
    expect(await docker(['run', '-i', '--rm', 'busybox', 'cat'], 'over TLS\n')).toEqual({ code: 0, stdout: 'over TLS\n', stderr: '' })
    expect(tap.stderr).toContain(`for tcp://127.0.0.1:${port};`)
  })
})

describe('the tap comes and goes', () => {
  test('for its owner alone, and the engine and its containers do not notice', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
      await using tap = await startTap(daemon, listen())
      expect(((await stat(join(folder, 'tap.sock'))).mode & 0o777).toString(8)).toBe('600')
      expect((await docker(['ps', '-q', '--no-trunc'])).stdout).toBe(`${id}\n`)
      tap.kill(signal)
      await tap.ended
      // The last one leaves its socket, and the next takes its place.
      expect(existsSync(join(folder, 'tap.sock'))).toBe(signal === 'SIGKILL')
      expect(await daemon.ok('ps', '-q', '--no-trunc')).toBe(id)
    }
    await using again = await startTap(daemon, listen())
    expect((await docker(['rm', '-f', id])).stdout).toBe(`${id}\n`)
    await again.shows(/ → DELETE /)
  })

  test('not where something else is', async () => {
    await writeFile(join(folder, 'file'), 'mine')
    for (const [path, message] of [
      [daemon.socketPath, 'somebody is listening on'],
      [join(folder, 'file'), 'is there already, and is no socket'],
    ] as const) {
      const { code, stderr } = await engineroom(daemon, ['tap', '--listen', `unix://${path}`])
      expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
    }
    expect((await engineroom(daemon, ['tap', '--listen', 'tcp://127.0.0.1:1'])).stderr).toContain('use unix://PATH')
    expect(await daemon.ok('ps', '-q')).toBe('')
  })

  test('an engine that is away is said, and the tap waits for it', async () => {
    await using tap = await startTap(daemon, listen())
    await daemon.stop()
    expect((await docker(['ps'])).code).toBe(1)
    await until('the reason', () => /^unix:.*docker\.sock: connect (ENOENT|ECONNREFUSED) /m.test(tap.stderr))
    await daemon.start()
    expect((await docker(['ps', '-q'])).code).toBe(0)
  })
})

describe('a recording', () => {
  test('is sent again: the same containers are made anew, and their input arrives', async () => {
    const file = join(folder, 'recording')
    await writeFile(file, '', { mode: 0o644 })
    {
      await using tap = await startTap(daemon, [...listen(), '--record', file])
      const { stdout } = await docker(['run', '-i', '--name', 'again', 'busybox', 'sh', '-c', 'read line; echo "got $line"; exit 4'], 'input\n')
      expect(stdout).toBe('got input\n')
      tap.kill('SIGINT')
      await tap.ended
    }
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600')
    const before = await daemon.ok('ps', '-aq', '--no-trunc')
    await daemon.ok('rm', 'again')
    const replayed = await engineroom(daemon, ['tap', '--replay', file])
    expect([replayed.code, replayed.stderr]).toEqual([0, expect.stringMatching(/^\d requests sent again, 0 answered with another status\n$/)])
    expect(replayed.stdout).toMatch(/ ← stdout {3}got input\n/)
    expect(await daemon.ok('ps', '-a', '--no-trunc', '--format', '{{.Names}} {{.Status}}')).toMatch(/^again Exited \(4\)/)
    expect(await daemon.ok('ps', '-aq', '--no-trunc')).not.toBe(before)

    const taken = await engineroom(daemon, ['tap', '--replay', file])
    expect(taken.code).toBe(1)
    expect(taken.stderr).toMatch(/\/containers\/create\?name=again: was 201, is now 409\n/)
    await daemon.ok('rm', 'again')
  })

  test('that is none is said with the line', async () => {
    const file = join(folder, 'none')
    await writeFile(file, '{"exchange":1,"time":"2026-11-27T12:00:00Z","end":"client"}\nnonsense\n')
    const { code, stderr } = await engineroom(daemon, ['tap', '--replay', file])
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${file}:2 is no line of a recording`)])
    expect(await readFile(file, 'utf8')).toContain('nonsense')
  })
})
