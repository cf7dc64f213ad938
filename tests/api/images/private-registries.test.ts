import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../../harness/certificates.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { freePort } from '../../harness/tcp.ts'
import { tar } from './archives.ts'
import { outerAddress, ownRegistry } from './own-registry.ts'
import { servedImage } from './registry-server.ts'

/** Registries that are reached through a proxy, or only with certificates of their own. */
let daemon: TestDaemon
let folder: string
let certificates: Certificates
/** Whose authority is in the daemon's system store. */
let known: Certificates
let proxy: Server
const proxied: string[] = []
let behindProxy: { port: number } | undefined
beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-private-')
  await writeFile(join(folder, 'daemon.json'), '{}')
  certificates = await makeCertificates(join(folder, 'made'), '--host', outerAddress())
  known = await makeCertificates(join(folder, 'known'), '--host', outerAddress())
  proxy = await startProxy()
  const env = {
    HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    HTTPS_PROXY: '',
    NO_PROXY: `direct.invalid,${outerAddress()}`,
    SSL_CERT_FILE: join(known.folder, 'server/ca.pem'),
  }
  // With TLS of its own: to set that up it trusts no authority yet.
  const tls = ['-H', `tcp://127.0.0.1:${await freePort()}`, '--tlsverify', ...certificates.daemonFlags]
  daemon = await startDaemon({
    flags: [...tls, '--config-file', join(folder, 'daemon.json'), '--insecure-registry', 'hidden.invalid', '--insecure-registry', 'direct.invalid'],
    env,
    withBusybox: false,
  })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  proxy.closeAllConnections()
  proxy.close()
  await rm(folder, { recursive: true })
})

/** A plain HTTP proxy that knows one host, `hidden.invalid`. */
async function startProxy(): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    proxied.push(`${incoming.method} ${incoming.url}`)
    const { pathname } = new URL(incoming.url ?? '')
    const onward = request({ port: behindProxy?.port, path: pathname, method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.writeHead(502).end())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const refused = async (...args: string[]) => {
  const { code, stderr } = await daemon.docker(args)
  expect([args, code]).toEqual([args, 1])
  return stderr
}

const image = async (name: string) => servedImage([await tar([[name, name]])])

describe('certs.d', () => {
  test('an authority of its own, and a certificate that the registry wants to see', async () => {
    const server = (name: string) => readFile(join(certificates.folder, 'server', name))
    const tls = { cert: await server('cert.pem'), key: await server('key.pem'), ca: await server('ca.pem'), requestCert: true, rejectUnauthorized: true }
    await using registry = await ownRegistry(await image('certified'), { address: outerAddress(), tls })
    const name = `${registry.host}/certified:1`
    const place = join(folder, 'certs.d', registry.host)
    await mkdir(place, { recursive: true })
    const put = (from: string, to: string) => copyFile(join(certificates.folder, from), join(place, to))

    const unknown = 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
    expect(await refused('pull', name)).toContain(`Get "https://${registry.host}/v2/": ${unknown}`)
    await put('server/ca.pem', 'ca.crt')
    await refused('pull', name) // A server says why in an alert that its closing may overtake.
    expect(registry.asked).toEqual([])
    await put('client/cert.pem', 'client.cert')
    const why = 'missing key client.key for client certificate client.cert. CA certificates must use the extension .crt'
    expect(await refused('pull', name)).toContain(why)
    await rm(join(place, 'client.cert'))
    await put('client/key.pem', 'client.key')
    expect(await refused('pull', name)).toContain('missing client certificate client.cert for key client.key')
    await put('client/cert.pem', 'client.cert')
    expect(await daemon.ok('pull', name)).toContain(`Status: Downloaded newer image for ${name}`)
  })
})

describe("the machine's own store", () => {
  test('is trusted for registries, and for what ADD fetches', async () => {
    const server = (name: string) => readFile(join(known.folder, 'server', name))
    await using registry = await ownRegistry(await image('known'), {
      address: outerAddress(),
      tls: { cert: await server('cert.pem'), key: await server('key.pem') },
    })
    expect(await daemon.ok('pull', `${registry.host}/known:1`)).toContain('Status: Downloaded newer image')
    const dockerfile = `FROM scratch\nADD https://${registry.host}/v2/known/manifests/1 /manifest\n`
    expect((await daemon.docker(['build', '-'], { input: dockerfile })).stdout).toContain('Successfully built')
  })
})

describe('HTTP_PROXY', () => {
  test('leads to a registry that only the proxy knows; docker info tells of it', async () => {
    await using registry = await ownRegistry(await image('proxied'))
    behindProxy = registry
    expect(await daemon.ok('pull', 'hidden.invalid/proxied:1')).toContain('Status: Downloaded newer image for hidden.invalid/proxied:1')
    expect(proxied).toContain('GET http://hidden.invalid/v2/proxied/manifests/1')
    expect(await daemon.ok('info', '--format', '{{.HTTPProxy}}')).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  test('is not asked for what NO_PROXY names, nor for the machine itself', async () => {
    await using registry = await ownRegistry(await image('direct'))
    proxied.length = 0
    expect(await daemon.ok('pull', `${registry.host}/direct:1`)).toContain('Status: Downloaded newer image')
    expect(await refused('pull', 'direct.invalid/x:1')).toContain('no such host')
    expect(proxied).toEqual([])
  })
})
