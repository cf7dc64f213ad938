import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificates } from '../harness/certificates.ts'
import { run } from '../harness/run.ts'
import { CLIENT } from './ours.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-')
})
afterAll(() => rm(folder, { recursive: true }))

const [node, ...first] = CLIENT
const certs = (...args: string[]) => run(node, [...first, 'certs', ...args], { cwd: folder })
const certificate = async (path: string) => new X509Certificate(await readFile(join(folder, path)))

test('there is an authority, and what the daemon and a client need, by the names that docker looks for', async () => {
  await makeCertificates(join(folder, 'deep/all'), '--host', 'engine.example', '--host', '10.1.2.3', '--host', 'fd00::1', '--days', '10')
  const authority = await certificate('deep/all/ca.pem')
  expect([authority.ca, authority.verify(authority.publicKey)]).toEqual([true, true])
  for (const side of ['server', 'client']) {
    expect((await readdir(join(folder, 'deep/all', side))).sort()).toEqual(['ca.pem', 'cert.pem', 'key.pem'])
    const issued = await certificate(`deep/all/${side}/cert.pem`)
    expect([issued.ca, issued.checkIssued(authority), issued.verify(authority.publicKey)]).toEqual([false, true, true])
    expect(Math.round((issued.validToDate.getTime() - issued.validFromDate.getTime()) / 86_400_000)).toBe(10)
    expect(await readFile(join(folder, 'deep/all', side, 'ca.pem'))).toEqual(await readFile(join(folder, 'deep/all/ca.pem')))
  }
  const server = await certificate('deep/all/server/cert.pem')
  for (const host of ['engine.example', hostname(), 'localhost']) expect(server.checkHost(host), host).toBeDefined()
  for (const address of ['10.1.2.3', '127.0.0.1', '::1', 'fd00::1']) expect(server.checkIP(address), address).toBeDefined()
  expect([server.checkHost('other.example'), server.checkIP('10.1.2.4')]).toEqual([undefined, undefined])
  expect([server.keyUsage, (await certificate('deep/all/client/cert.pem')).keyUsage]).toEqual([['1.3.6.1.5.5.7.3.1'], ['1.3.6.1.5.5.7.3.2']])
  expect((await certificate('deep/all/client/cert.pem')).subject).toBe(`CN=${userInfo().username}`)
})

test('keys are for their owner alone, and nothing else is left', async () => {
  await makeCertificates(join(folder, 'modes'), '--name', 'Zoë Example')
  const mode = async (path: string) => ((await stat(join(folder, 'modes', path))).mode & 0o777).toString(8)
  for (const key of ['ca-key.pem', 'server/key.pem', 'client/key.pem']) expect(await mode(key), key).toBe('600')
  for (const directory of ['', 'server', 'client']) expect(await mode(directory), directory).toBe('700')
  expect((await readdir(join(folder, 'modes'))).sort()).toEqual(['ca-key.pem', 'ca.pem', 'client', 'server'])
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([])
  expect((await certificate('modes/client/cert.pem')).subject).toBe('CN=Zoë Example')
})

test('keys that are in use are not replaced, and a failure leaves nothing', async () => {
  await mkdir(join(folder, 'used'))
  await writeFile(join(folder, 'used/ca.pem'), 'mine')
  const refused = await certs('--out', 'used')
  expect([refused.code, refused.stderr]).toEqual([1, `${folder}/used has something in it already; choose another --out, or remove it\n`])
  expect(await readFile(join(folder, 'used/ca.pem'), 'utf8')).toBe('mine')
  const failed = await run(node, [...first, 'certs', '--out', 'failed'], { cwd: folder, env: { PATH: '/nowhere' } })
  expect([failed.code, failed.stderr]).toEqual([1, 'openssl is not installed; on Debian: apt-get install openssl\n'])
  expect((await readdir(folder)).filter((name) => name.includes('failed'))).toEqual([])
})

test('it says how to go on', async () => {
  const { code, stdout } = await certs('--host', 'engine.example')
  expect(code).toBe(0)
  const out = join(folder, 'engineroom-certs')
  expect(stdout).toContain(
    `-H tcp://0.0.0.0:2376 --tlsverify --tlscacert ${out}/server/ca.pem --tlscert ${out}/server/cert.pem --tlskey ${out}/server/key.pem\n`,
  )
  expect(stdout).toContain(`export DOCKER_HOST=tcp://engine.example:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=${out}/client\n`)
})

test.each([
  [['--host', 'a,DNS:b'], 'it is neither a host name nor an address'],
  [['--name', 'x\nCN=y'], 'it must be 1 to 64 letters'],
  [['--days', '0'], 'must be at least 1'],
  [['stray'], 'accepts no arguments'],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await certs('--out', 'none', ...args)
  expect([code === 0, stderr]).toEqual([false, expect.stringContaining(message)])
})
