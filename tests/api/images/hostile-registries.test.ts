import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'
import { sha256, tar } from './archives.ts'
import { outerAddress, ownRegistry } from './own-registry.ts'
import { servedImage } from './registry-server.ts'
import { storeOf } from './store.ts'

/** Every registry here is a server of the test's own that behaves as no honest one does. */
let daemon: TestDaemon
let layer: Buffer
beforeAll(async () => {
  daemon = await startDaemon({ flags: ['--insecure-registry', outerAddress()], withBusybox: false })
  layer = await tar([['hostile', Buffer.alloc(300_000, 'x')]])
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** A pull that must fail. It leaves nothing: no image, no blob, no layer, no file. @returns what the client was told */
async function refusedPull(name: string): Promise<string> {
  const before = await storeOf(daemon)
  const { code, stdout, stderr } = await daemon.docker(['pull', name])
  expect([name, code]).toEqual([name, 1])
  expect(await storeOf(daemon)).toEqual(before)
  return stdout + stderr
}

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean

const manifestType = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }

/** Serves another manifest than that of the image. */
const manifestOf =
  (document: unknown, headers: Record<string, string> = manifestType): Answer =>
  ({ url }, response) => {
    if (!url?.includes('/manifests/')) return false
    response.writeHead(200, headers).end(typeof document === 'string' ? document : JSON.stringify(document))
    return true
  }

/** Takes over the requests for the layer's bytes. */
const onLayer =
  (serve: (response: ServerResponse) => void): Answer =>
  ({ url }, response) => {
    if (!url?.endsWith(sha256(layer))) return false
    serve(response)
    return true
  }

async function failing(answer: Answer): Promise<string> {
  await using registry = await ownRegistry(servedImage([layer]), { answer })
  return await refusedPull(`${registry.host}/hostile:1`)
}

const manifest = () => JSON.parse(servedImage([layer]).manifest.toString())

test('an honest one, to show that the others fail for what they do', async () => {
  await using registry = await ownRegistry(servedImage([layer]))
  expect(await daemon.ok('pull', `${registry.host}/honest:1`)).toContain('Status: Downloaded newer image')
  await daemon.ok('rmi', `${registry.host}/honest:1`)
})

test('a layer of other bytes', async () => {
  const other = Buffer.from(layer)
  other.writeUInt8(0xff, 1000)
  expect(await failing(onLayer((response) => response.end(other)))).toContain(`filesystem layer verification failed for digest sha256:${sha256(layer)}`)
})

test('a layer that is longer than its descriptor says, without end', async () => {
  const endless = onLayer((response) => {
    const write = () => {
      while (!response.destroyed && response.write(layer));
      if (!response.destroyed) response.once('drain', write)
    }
    write()
  })
  expect(await failing(endless)).toContain(`it should have ${layer.length} bytes, the registry sent more`)
})

test('a layer that is shorter than its descriptor says', async () => {
  expect(await failing(onLayer((response) => response.end(layer.subarray(0, 5000))))).toContain('the registry sent 5000')
})

test('a layer whose plain bytes are not those of its diffID', async () => {
  const document = manifest()
  const [other] = [await tar([['other', '1']])]
  document.layers = [{ mediaType: document.layers[0].mediaType, digest: `sha256:${sha256(other)}`, size: other.length }]
  const answer: Answer = (request, response) => {
    if (!request.url?.endsWith(sha256(other))) return manifestOf(document)(request, response)
    response.end(other)
    return true
  }
  expect(await failing(answer)).toContain(`filesystem layer verification failed for digest sha256:${sha256(layer)}`)
})

test('a layer that reaches out of itself', async () => {
  const climbing = await tar([['../../../../../../../../tmp/er-hostile-escaped', 'x']])
  await using registry = await ownRegistry(servedImage([climbing]))
  expect(await refusedPull(`${registry.host}/hostile:1`)).toContain('is outside of the layer')
})

test('a configuration of other bytes, or another size', async () => {
  const document = manifest()
  const config = (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.endsWith(document.config.digest)) return false
    response.end('{"rootfs":{"diff_ids":[]}}')
    return true
  }
  expect(await failing(config)).toContain(`image config verification failed for digest ${document.config.digest}`)
  expect(await failing(manifestOf({ ...document, config: { ...document.config, size: 3 } }))).toContain('image config verification failed')
})

test('a manifest of 50 MB, as JSON that could be read', async () => {
  const large = JSON.stringify({ ...manifest(), annotations: { padding: 'x'.repeat(50_000_000) } })
  expect(await failing(manifestOf(large))).toContain('the registry sent more than 4194304 bytes of manifest')
})

test('a complaint of 50 MB', async () => {
  const answer: Answer = ({ url }, response) => {
    if (!url?.includes('/manifests/')) return false
    response.writeHead(400).end('x'.repeat(50_000_000))
    return true
  }
  expect(await failing(answer)).toContain('received unexpected HTTP status: 400')
})

test.each<[string, () => unknown, RegExp]>([
  ['no JSON', () => '<html>', /error parsing manifest/],
  ['nested 100,000 deep', () => `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /error parsing manifest|unsupported manifest/],
  ['an image and an index at once', () => ({ ...manifest(), manifests: [] }), /both an image manifest and an index/],
  [
    'another media type than it is served as',
    () => ({ ...manifest(), mediaType: 'application/vnd.oci.image.index.v1+json' }),
    /mediaType in manifest should be/,
  ],
  [
    'no image but a chart',
    () => ({ ...manifest(), config: { ...manifest().config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } }),
    /Encountered remote/,
  ],
  ['fewer layers than its configuration', () => ({ ...manifest(), layers: [] }), /invalid rootfs/],
  [
    'a digest that is a path',
    () => ({ ...manifest(), layers: [{ ...manifest().layers[0], digest: 'sha256:../../../../etc/passwd' }] }),
    /invalid checksum digest format/,
  ],
  ['a negative size', () => ({ ...manifest(), layers: [{ ...manifest().layers[0], size: -1 }] }), /verification failed|parsing manifest/],
])('a manifest: %s', async (_, document, message) => {
  expect(await failing(manifestOf(document()))).toMatch(message)
})

test('an index that leads to itself', async () => {
  const entry = (digest: string) => ({
    schemaVersion: 2,
    manifests: [{ digest, size: 1, platform: { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' } }],
  })
  // A text cannot hold its own digest: the registry has to lie about one, and that is found out.
  const lying = manifestOf(entry(`sha256:${'e'.repeat(64)}`), { 'content-type': 'application/vnd.oci.image.index.v1+json' })
  expect(await failing(lying)).toContain(`manifest verification failed for digest sha256:${'e'.repeat(64)}`)
})

test('an index that leads to an index that leads to an index …', async () => {
  const texts = new Map<string, string>()
  let top = JSON.stringify(manifest())
  for (let i = 0; i < 30; i++) {
    const digest = `sha256:${sha256(top)}`
    texts.set(digest, top)
    top = JSON.stringify({ manifests: [{ digest, size: top.length, platform: { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' } }] })
  }
  const deep: Answer = ({ url }, response) => {
    if (!url?.includes('/manifests/')) return false
    response.end(texts.get(url.slice(url.lastIndexOf('/') + 1)) ?? top)
    return true
  }
  expect(await failing(deep)).toContain('too many indexes within each other')
})

test('one that cuts every connection in the middle of the layer is given up', async () => {
  const cutting = onLayer((response) => {
    response.writeHead(200, { 'content-length': layer.length })
    response.write(layer.subarray(0, 1000), () => response.socket?.resetAndDestroy())
  })
  expect(await failing(cutting)).toMatch(/Retrying in 4 seconds[\s\S]*(socket|ECONNRESET|reset|closed|terminated)/)
})

test('one that stalls holds nobody: the client goes, and nothing stays', async () => {
  const before = await storeOf(daemon)
  const stalled: ServerResponse[] = []
  await using registry = await ownRegistry(servedImage([layer]), {
    answer: onLayer((response) => stalled.push(response.writeHead(200)) && response.write('x')),
  })
  await using pull = client(daemon, 'pull', `${registry.host}/hostile:1`)
  await until('the layer to be asked for', () => stalled.length > 0)
  pull.kill('SIGKILL')
  expect(await pull.ended).toBe(128)
  await until('nothing to be left', async () => JSON.stringify(await storeOf(daemon)) === JSON.stringify(before))
})

test('one elsewhere that redirects to the loopback does not make the daemon ask there', async () => {
  const blob: Answer = ({ url }, response) => {
    if (!url?.includes('/blobs/')) return false
    response.writeHead(307, { location: `http://${inner.host}/secret` }).end()
    return true
  }
  await using inner = await ownRegistry(servedImage([layer]))
  await using registry = await ownRegistry(servedImage([layer]), { answer: blob, address: outerAddress() })
  expect(await refusedPull(`${registry.host}/hostile:1`)).toContain("leads to 127.0.0.1, which is an address of this machine's own: refused")
  expect(inner.asked).toEqual([])
})

test('one elsewhere whose token server is on the loopback, by a name, does not make the daemon ask there', async () => {
  await using inner = await ownRegistry(servedImage([layer]))
  const challenge: Answer = (_, response) => {
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://localhost:${inner.port}/token",service="x"` }).end()
    return true
  }
  await using registry = await ownRegistry(servedImage([layer]), { answer: challenge, address: outerAddress() })
  expect(await refusedPull(`${registry.host}/hostile:1`)).toContain("leads to localhost, which is an address of this machine's own: refused")
  expect(inner.asked).toEqual([])
})

test('one that redirects in a circle', async () => {
  const circle: Answer = ({ url }, response) => {
    if (!url?.includes('/blobs/')) return false
    response.writeHead(307, { location: url }).end()
    return true
  }
  expect(await failing(circle)).toContain('received unexpected HTTP status: 307')
})

test('the daemon is as well as before', async () => {
  expect((await daemon.api('GET', '/_ping')).status).toBe(200)
  expect(await daemon.ok('images', '-aq')).toBe('')
})
