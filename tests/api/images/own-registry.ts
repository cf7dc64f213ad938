import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { ServedImage } from './registry-server.ts'

export interface OwnRegistryOptions {
  /** Takes a request over; one that it leaves alone is answered honestly. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly tls?: ServerOptions
  /** Where it listens; on the loopback unless said otherwise. */
  readonly address?: string
}

export interface OwnRegistry extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Method and path of each request so far. */
  readonly asked: readonly string[]
}

/** A registry of the test's own that serves one image under any name and tag, over HTTP or TLS. */
export async function ownRegistry(image: ServedImage, { answer, tls, address = '127.0.0.1' }: OwnRegistryOptions = {}): Promise<OwnRegistry> {
  const asked: string[] = []
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', 'http://registry').pathname
    asked.push(`${request.method} ${path}`)
    response.on('error', () => undefined) // The client went away: some tests want that.
    if (answer?.(request, response)) return
    if (path === '/v2/') return void response.end('{}')
    if (path.includes('/manifests/')) return void response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }).end(image.manifest)
    const blob = image.blobs.get(path.slice(path.lastIndexOf('/') + 1))
    if (blob) response.end(blob)
    else response.writeHead(404).end('{}')
  }
  const server = tls ? createTlsServer(tls, serve) : createServer(serve)
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    host: `${address}:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** An address of this machine that is not its loopback. */
export function outerAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((one) => one ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  if (!found) throw new Error('this machine has no address but its loopback')
  return found.address
}
