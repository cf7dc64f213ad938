import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

/** A web server of the test's own, with two files. */
export async function serveFiles(): Promise<{ readonly url: string } & AsyncDisposable> {
  const files: Readonly<Record<string, Buffer>> = { '/file.txt': Buffer.from('from the web\n'), '/archive.tar.gz': gzipSync('no matter what') }
  const server = createServer((request, response) => {
    const content = files[request.url ?? '']
    response.writeHead(content ? 200 : 404, { 'last-modified': 'Fri, 01 Nov 2024 10:00:00 GMT' }).end(content)
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
