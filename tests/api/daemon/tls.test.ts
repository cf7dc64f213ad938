import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../../harness/certificates.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { freePort } from '../../harness/tcp.ts'
import { startFailing } from './failing-start.ts'

let daemon: TestDaemon
let ours: Certificates
let others: Certificates
let port: number

beforeAll(async () => {
  daemon = await startDaemon()
  ours = await makeCertificates(join(daemon.root, 'ours'))
  others = await makeCertificates(join(daemon.root, 'others'))
  port = await freePort()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** Starts the daemon again, with TLS on the test's port. @returns what it has said since then */
async function restart(...flags: string[]): Promise<() => Promise<string>> {
  await daemon.stop()
  const before = (await daemon.log()).length
  await daemon.start(flags)
  return async () => (await daemon.log()).slice(before)
}

const host = () => `tcp://127.0.0.1:${port}`

test('--tlsverify lets in who has a certificate of its authority, and no one else', async () => {
  const said = await restart('-H', `tcp://0.0.0.0:${port}`, '--tlsverify', ...ours.daemonFlags)
  const streams = await daemon.docker(['run', '--rm', '-i', 'busybox', 'sh', '-c', 'cat; exit 4'], { env: ours.clientOf(host()), input: 'some text\n' })
  expect(streams).toEqual({ code: 4, stdout: 'some text\n', stderr: '' })

  const ping = (...flags: string[]) => run('curl', ['-sS', '--cacert', `${ours.folder}/ca.pem`, ...flags, `https://127.0.0.1:${port}/_ping`])
  const shown = ({ folder }: Certificates, side: 'client' | 'server') => ['--cert', `${folder}/${side}/cert.pem`, '--key', `${folder}/${side}/key.pem`]
  expect(await ping(...shown(ours, 'client'))).toEqual({ code: 0, stdout: 'OK', stderr: '' })
  // As Go takes it, 0.0.0.0 is every address, of IPv6 too.
  expect(await run('curl', ['-sSk', ...shown(ours, 'client'), `https://[::1]:${port}/_ping`])).toEqual({ code: 0, stdout: 'OK', stderr: '' })
  for (const flags of [[], shown(others, 'client'), shown(ours, 'server')]) {
    const { code, stdout } = await ping(...flags)
    expect([code === 0, stdout], flags.join(' ')).toEqual([false, ''])
  }
  const untrusted = await daemon.docker(['ps'], { env: others.clientOf(host()) })
  expect([untrusted.code, untrusted.stderr]).toEqual([1, expect.stringContaining('certificate signed by unknown authority')])
  expect(await said()).not.toContain('WARNING')
})

test('daemon.json says the same', async () => {
  const file = join(daemon.root, 'daemon.json')
  const paths = { tlscacert: `${ours.folder}/server/ca.pem`, tlscert: `${ours.folder}/server/cert.pem`, tlskey: `${ours.folder}/server/key.pem` }
  await writeFile(file, JSON.stringify({ tlsverify: true, ...paths }))
  await restart('-H', host(), '--config-file', file)
  const { code, stdout } = await daemon.docker(['ps', '-q'], { env: ours.clientOf(host()) })
  expect([code, stdout]).toEqual([0, ''])
  expect((await run('curl', ['-sk', `https://127.0.0.1:${port}/_ping`])).stdout).toBe('')
})

test('--tls alone encrypts, lets in everyone, and says so', async () => {
  const said = await restart('-H', `tcp://0.0.0.0:${port}`, '--tls', ...ours.daemonFlags.slice(2))
  expect(await run('curl', ['-sS', '--cacert', `${ours.folder}/ca.pem`, `https://127.0.0.1:${port}/_ping`])).toMatchObject({ code: 0, stdout: 'OK' })
  expect(await said()).toContain(`* The Engine API listens on tcp://0.0.0.0:${port} without asking clients for a certificate (--tlsverify).\n`)
})

test.each([
  ['is not there', '/nowhere/key.pem', 'open /nowhere/key.pem: no such file or directory'],
  ['is none', '/etc/hostname', 'unsupported'],
])('a key that %s stops the daemon with the reason', async (_, key, reason) => {
  const nowhere = ['--data-root', `${daemon.root}/none/data`, '--exec-root', `${daemon.root}/none/exec`, '--bridge', `${daemon.bridge}x`]
  const flags = ['-H', `tcp://127.0.0.1:${await freePort()}`, '--tlsverify', ...ours.daemonFlags.slice(0, 4), '--tlskey', key]
  const { code, stderr } = await startFailing(...nowhere, ...flags)
  expect(stderr).toContain('TLS cannot be set up with ')
  expect(stderr.toLowerCase()).toContain(reason)
  expect(stderr).not.toContain('    at ')
  expect(code).toBe(1)
})
