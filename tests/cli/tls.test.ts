import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { type Outcome, run } from '../harness/run.ts'
import { freePort } from '../harness/tcp.ts'
import { engineroom } from './ours.ts'

let folder: string
let daemon: TestDaemon
let host: string

beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-')
  await makeCertificates()
  const port = await freePort()
  host = `tcp://127.0.0.1:${port}`
  daemon = await startDaemon({
    flags: ['-H', host, '--tlsverify', '--tlscacert', join(folder, 'ca.pem'), '--tlscert', join(folder, 'cert.pem'), '--tlskey', join(folder, 'key.pem')],
  })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** A certificate authority, and one certificate of it that serves both sides: `ca.pem`, `cert.pem`, `key.pem`, as docker names them. */
async function makeCertificates(): Promise<void> {
  const openssl = async (...args: string[]) => {
    const { code, stderr } = await run('openssl', args, { cwd: folder })
    expect([code, stderr]).toEqual([0, expect.anything()])
  }
  await writeFile(join(folder, 'extensions'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n')
  await openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '2')
  await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=engine')
  await openssl(
    'x509',
    '-req',
    '-in',
    'request.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca-key.pem',
    '-CAcreateserial',
    '-out',
    'cert.pem',
    '-days',
    '2',
    '-extfile',
    'extensions',
  )
}

/** Our client with docker's variables for TLS. @param certificates the folder with them */
function overTls(args: readonly string[], certificates: string, input?: string): Promise<Outcome> {
  return engineroom(daemon, args, { env: { DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates }, input })
}

test('a container’s streams run over TLS, with the end of its input', async () => {
  const { code, stdout } = await overTls(['run', '--rm', '-i', 'busybox', 'sh', '-c', 'cat; exit 4'], folder, 'some text\n')
  expect([code, stdout]).toEqual([4, 'some text\n'])
})

test('the flags say the same as the variables', async () => {
  const flags = ['--tlscacert', join(folder, 'ca.pem'), '--tlscert', join(folder, 'cert.pem'), '--tlskey', join(folder, 'key.pem')]
  const { code, stdout } = await engineroom(daemon, ['-H', host, '--tlsverify', ...flags, 'images', '--format', '{{.Repository}}'])
  expect([code, stdout]).toEqual([0, 'busybox\n'])
})

test('a daemon of another authority is not trusted, and one that wants a certificate gives nothing without', async () => {
  const stranger = await overTls(['ps'], '/nosuch')
  expect([stranger.code, stranger.stdout, stranger.stderr]).toEqual([1, '', expect.stringMatching(/^error during connect: tcp:.* certificate/)])
  const plain = await engineroom(daemon, ['-H', host, 'ps'])
  expect([plain.code, plain.stdout, plain.stderr]).toEqual([1, '', expect.stringMatching(/^error during connect: tcp:/)])
})
