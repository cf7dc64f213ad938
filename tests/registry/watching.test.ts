import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'
import { DistributionClient, NOWHERE, OCI_MANIFEST, someBlob } from './distribution-client.ts'
import { type RunningRegistry, startRegistry } from './servers.ts'

interface Event {
  readonly id: string
  readonly action: string
  readonly target: Record<string, unknown>
  readonly request: Record<string, unknown>
}

/** Takes notifications; answers with 500 as often as it is told to. */
class Hook implements AsyncDisposable {
  readonly #server: Server
  readonly events: Event[] = []
  readonly headers: (string | undefined)[] = []
  refusals = 0

  constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await text(request)
      if (this.refusals > 0) {
        this.refusals -= 1
        return void response.writeHead(500).end()
      }
      this.events.push(...(JSON.parse(body) as { events: Event[] }).events)
      this.headers.push(`${request.headers['content-type']} ${request.headers.authorization}`)
      response.end()
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://me:p%40ss@127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

let hook: Hook
let registry: RunningRegistry
let client: DistributionClient
let metricsUrl: string
beforeAll(async () => {
  hook = new Hook()
  const url = await hook.start()
  const metricsAddress = `127.0.0.1:${await freePort()}`
  metricsUrl = `http://${metricsAddress}/metrics`
  registry = await startRegistry('ours', ['--notify', url, '--metrics-addr', metricsAddress])
  client = new DistributionClient(registry.url)
})
afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  await hook[Symbol.asyncDispose]()
})

/** Events so far, once there are as many. */
async function events(count: number): Promise<Event[]> {
  await until(`${count} events`, () => hook.events.length >= count)
  return hook.events.splice(0)
}

describe('--notify', () => {
  it('tells of pushes, pulls, mounts and deletes, in order', async () => {
    const blob = someBlob(1000)
    await client.pushBlob('a', blob)
    await client.ask('POST', `b/blobs/uploads/?mount=${blob.digest}&from=a`)
    await client.ask('DELETE', `b/blobs/${blob.digest}`)
    const octets = { mediaType: 'application/octet-stream', digest: blob.digest, size: 1000 }
    expect((await events(3)).map(({ action, target }) => ({ action, target }))).toEqual([
      { action: 'push', target: { repository: 'a', ...octets } },
      { action: 'mount', target: { repository: 'b', fromRepository: 'a', digest: blob.digest } },
      { action: 'delete', target: { repository: 'b', digest: blob.digest } },
    ])
    const manifest = await client.pushImage('a', 'v1')
    await (await client.manifest('a', 'v1')).arrayBuffer()
    await client.ask('DELETE', `a/manifests/${manifest.digest}`)
    const target = { repository: 'a', mediaType: OCI_MANIFEST, digest: manifest.digest, size: manifest.bytes.length }
    const [, , ...told] = await events(5)
    expect(told.map(({ action, target }) => ({ action, target }))).toEqual([
      { action: 'push', target: { ...target, tag: 'v1' } },
      { action: 'pull', target: { ...target, tag: 'v1' } },
      { action: 'delete', target },
    ])
    expect(told[0]?.request).toMatchObject({ method: 'PUT', host: registry.address })
    expect(hook.headers[0]).toBe(`application/vnd.docker.distribution.events.v1+json Basic ${Buffer.from('me:p@ss').toString('base64')}`)
  })

  it('says nothing of what was refused', async () => {
    await client.ask('DELETE', `a/blobs/${NOWHERE}`)
    await client.pushBlob('after', someBlob())
    expect((await events(1)).map(({ target }) => target.repository)).toEqual(['after'])
  })

  it('tries again until the listener takes it, and keeps the order', async () => {
    hook.refusals = 3
    for (const name of ['one', 'two', 'three']) await client.pushBlob(name, someBlob())
    expect((await events(3)).map(({ target }) => target.repository)).toEqual(['one', 'two', 'three'])
    expect(hook.refusals).toBe(0)
  })
})

describe('--metrics-addr', () => {
  it('counts requests by handler, method and status', async () => {
    const value = async (series: string) => {
      const line = (await (await fetch(metricsUrl)).text()).split('\n').find((one) => one.startsWith(`${series} `))
      return Number(line?.slice(series.length + 1) ?? 0)
    }
    const unknown = 'registry_http_requests_total{code="404",handler="blob",method="get"}'
    const before = await value(unknown)
    for (const name of ['x', 'y']) await (await client.ask('GET', `${name}/blobs/${NOWHERE}`)).arrayBuffer()
    await until('both to be counted', async () => (await value(unknown)) === before + 2)
    expect(await value('registry_http_request_duration_seconds_count{handler="blob"}')).toBeGreaterThanOrEqual(2)
    await until('all events to be delivered', async () => (await value('registry_notifications_pending')) === 0)
    expect(await value('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  })

  it('is not to be had from the registry itself', async () => {
    expect((await client.ask('GET', '/metrics')).status).toBe(404)
  })
})
