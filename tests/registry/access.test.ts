import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedImages } from '../../build/hello-image.ts'
import { makeCertificates } from '../harness/certificates.ts'
import { startDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { codesOf, DistributionClient, someBlob } from './distribution-client.ts'
import { type RunningRegistry, startRegistry } from './servers.ts'
import { TokenServer } from './token-server.ts'

/** `user` with the password `secret`, as htpasswd -B writes it. */
const USER = 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n'
/** `other` with the password `secret`, made by bcryptjs. */
const OTHER = 'other:$2b$05$nrpewvS9JRfqN1vOnV2AXeyD0KFQORQzQ9ne4UCW/nGJtvdfxLDbe\n'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-access-')
  await writeFile(join(folder, 'hello.tar'), await shippedImages(['engineroom/hello:latest']))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const basic = (name: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` })

function skopeoPush(to: string, ...flags: string[]) {
  return run('skopeo', ['copy', ...flags, `docker-archive:${folder}/hello.tar`, `docker://${to}`])
}

describe('accounts of an htpasswd file', () => {
  let registry: RunningRegistry
  let client: DistributionClient
  beforeAll(async () => {
    await writeFile(join(folder, 'htpasswd'), USER)
    registry = await startRegistry('ours', ['--htpasswd', join(folder, 'htpasswd'), '--realm', 'Ours'])
    client = new DistributionClient(registry.url)
  })
  afterAll(() => registry[Symbol.asyncDispose]())

  it.each([
    ['nobody', {}],
    ['a wrong password', basic('user', 'wrong')],
    ['a name that there is not', basic('nobody', 'secret')],
    ['what is no name and password', { authorization: 'Basic eA==' }],
    ['another kind', { authorization: 'Bearer x' }],
  ])('%s is asked for one', async (_, headers) => {
    const response = await client.ask('GET', '/v2/', { headers })
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="Ours"')
    expect([response.status, await codesOf(response)]).toEqual([401, ['UNAUTHORIZED']])
  })

  it('the right one may do everything, time after time', async () => {
    const headers = basic('user', 'secret')
    for (let count = 0; count < 3; count++) expect((await client.ask('GET', '/v2/', { headers })).status).toBe(200)
    expect((await client.ask('POST', 'a/blobs/uploads/', { headers })).status).toBe(202)
    expect((await client.ask('GET', '_catalog', { headers })).status).toBe(200)
  })

  it('a change of the file counts at once', async () => {
    expect((await client.ask('GET', '/v2/', { headers: basic('other', 'secret') })).status).toBe(401)
    await writeFile(join(folder, 'htpasswd'), OTHER)
    expect((await client.ask('GET', '/v2/', { headers: basic('other', 'secret') })).status).toBe(200)
    expect((await client.ask('GET', '/v2/', { headers: basic('user', 'secret') })).status).toBe(401)
    await writeFile(join(folder, 'htpasswd'), USER + OTHER)
  })

  it('docker logs in, pushes, and is refused once it has logged out', async () => {
    await using daemon = await startDaemon()
    const image = `${registry.address}/web`
    await daemon.ok('tag', 'busybox', image)
    expect((await daemon.docker(['login', '-u', 'user', '-p', 'wrong', registry.address])).stderr).toContain('unauthorized')
    expect(await daemon.ok('login', '-u', 'user', '-p', 'secret', registry.address)).toContain('Login Succeeded')
    expect(await daemon.ok('push', image)).toContain('latest: digest: sha256:')
    await daemon.ok('logout', registry.address)
    expect((await daemon.docker(['push', image])).stderr).toContain('no basic auth credentials')
  })

  it('skopeo pushes with a name and password, and not without', async () => {
    expect((await skopeoPush(`${registry.address}/hello`, '--dest-tls-verify=false', '--dest-creds', 'user:secret')).code).toBe(0)
    const refused = await skopeoPush(`${registry.address}/hello`, '--dest-tls-verify=false', '--dest-no-creds')
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('authentication required')
  })

  it('a file that is not right keeps the registry from starting', async () => {
    await writeFile(join(folder, 'broken'), 'user:secret\n')
    await expect(startRegistry('ours', ['--htpasswd', join(folder, 'broken')])).rejects.toThrow(`${folder}/broken: line 1: not NAME:HASH`)
  })
})

describe('tokens of another server', () => {
  let tokens: TokenServer
  let registry: RunningRegistry
  let client: DistributionClient
  beforeAll(async () => {
    tokens = await TokenServer.start(folder)
    const who = ['--token-realm', tokens.url, '--token-service', 'registry.test', '--token-issuer', 'test']
    registry = await startRegistry('ours', ['--token-keys', tokens.keysFile, ...who])
    client = new DistributionClient(registry.url)
  })
  afterAll(async () => {
    await registry[Symbol.asyncDispose]()
    await tokens[Symbol.asyncDispose]()
  })
  const bearer = (...scopes: [name: string, ...actions: string[]][]) => ({
    authorization: `Bearer ${tokens.token(scopes.map(([name, ...actions]) => ({ type: 'repository', name, actions })))}`,
  })

  it.each([
    ['GET', '/v2/', ''],
    ['GET', 'a/b/tags/list', ',scope="repository:a/b:pull"'],
    ['POST', 'a/b/blobs/uploads/', ',scope="repository:a/b:pull,push"'],
    ['POST', 'a/b/blobs/uploads/?mount=sha256:1&from=c', ',scope="repository:a/b:pull,push repository:c:pull"'],
    ['DELETE', 'a/b/manifests/v1', ',scope="repository:a/b:delete"'],
    ['GET', '_catalog', ',scope="registry:catalog:*"'],
  ])('%s %s tells where to get one, and for what', async (method, path, scope) => {
    const response = await client.ask(method, path)
    expect(response.headers.get('www-authenticate')).toBe(`Bearer realm="${tokens.url}",service="registry.test"${scope}`)
    expect([response.status, await codesOf(response)]).toEqual([401, ['UNAUTHORIZED']])
  })

  it('one for another repository, or for less, does not do', async () => {
    for (const headers of [bearer(['other', 'pull', 'push']), bearer(['a/b', 'pull']), bearer()]) {
      const response = await client.ask('POST', 'a/b/blobs/uploads/', { headers })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    }
  })

  it('one that is not to be trusted does not do', async () => {
    const response = await client.ask('GET', 'a/b/tags/list', { headers: { authorization: 'Bearer a.b.c' } })
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
  })

  it('a blob is not mounted from where its token may not pull', async () => {
    const blob = someBlob()
    const headers = bearer(['secret/place', 'pull', 'push'])
    const upload = await client.ask('POST', `secret/place/blobs/uploads/?digest=${blob.digest}`, { headers, body: blob.bytes })
    expect(upload.status).toBe(201)
    const path = `mine/blobs/uploads/?mount=${blob.digest}&from=secret/place`
    expect((await client.ask('POST', path, { headers: bearer(['mine', 'pull', 'push']) })).status).toBe(401)
    expect((await client.ask('POST', path, { headers: bearer(['mine', 'pull', 'push'], ['secret/place', 'pull']) })).status).toBe(201)
  })

  it('skopeo pushes with its account, everybody pulls, and nobody else pushes', async () => {
    const image = `${registry.address}/team/hello`
    const pushed = await skopeoPush(image, '--dest-tls-verify=false', '--dest-creds', 'user:secret')
    expect(pushed.code, pushed.stderr).toBe(0)
    const pulled = await run('skopeo', ['inspect', '--tls-verify=false', '--no-creds', `docker://${image}`])
    expect(pulled.code, pulled.stderr).toBe(0)
    expect((await skopeoPush(`${image}:other`, '--dest-tls-verify=false', '--dest-no-creds')).code).not.toBe(0)
  })
})

describe('TLS', () => {
  let certificates: Awaited<ReturnType<typeof makeCertificates>>
  let flags: string[]
  beforeAll(async () => {
    certificates = await makeCertificates(join(folder, 'certificates'))
    flags = ['--tlscert', `${certificates.folder}/server/cert.pem`, '--tlskey', `${certificates.folder}/server/key.pem`]
    for (const [name, files] of [
      ['trusting', []],
      ['known', ['cert', 'key']],
    ] as const) {
      await mkdir(join(folder, name))
      await copyFile(`${certificates.folder}/client/ca.pem`, join(folder, name, 'ca.crt'))
      for (const file of files) await copyFile(`${certificates.folder}/client/${file}.pem`, join(folder, name, `client.${file}`))
    }
  })

  it('skopeo pushes over it, and only when it trusts the authority', async () => {
    await using registry = await startRegistry('ours', flags)
    const pushed = await skopeoPush(`localhost:${registry.port}/hello`, '--dest-cert-dir', join(folder, 'trusting'))
    expect(pushed.code, pushed.stderr).toBe(0)
    expect((await skopeoPush(`localhost:${registry.port}/hello`)).stderr).toContain('certificate signed by unknown authority')
  })

  it('with --tlscacert, a client needs a certificate of its own', async () => {
    await using registry = await startRegistry('ours', [...flags, '--tlscacert', `${certificates.folder}/server/ca.pem`])
    const pushed = await skopeoPush(`localhost:${registry.port}/hello`, '--dest-cert-dir', join(folder, 'known'))
    expect(pushed.code, pushed.stderr).toBe(0)
    expect((await skopeoPush(`localhost:${registry.port}/hello`, '--dest-cert-dir', join(folder, 'trusting'))).code).not.toBe(0)
  })

  it.each([
    [['--tlscert', '/x'], 'TLS needs both --tlscert and --tlskey'],
    [['--token-keys', '/x'], 'tokens need all of --token-keys, --token-realm, --token-service and --token-issuer'],
    [['--addr', 'nowhere'], 'invalid address nowhere: use HOST:PORT, or :PORT for every address of this machine'],
  ])('flags that do not do keep the registry from starting: %s', async (wrong, message) => {
    await expect(startRegistry('ours', wrong)).rejects.toThrow(message)
  })
})
