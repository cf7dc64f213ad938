import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signedBytes, withSignature } from '../../electron/updates/signature.ts'

/** A web server with a signed release on it, and a note of what it was asked for. */
export class ReleaseFeed implements AsyncDisposable {
  readonly key: KeyObject
  readonly address: string
  readonly asked: string[]
  readonly #server: Server

  private constructor(server: Server, key: KeyObject, asked: string[]) {
    this.#server = server
    this.key = key
    this.asked = asked
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/feed/`
  }

  /** @param files by their names */
  static async open(version: string, files: Readonly<Record<string, Uint8Array>>): Promise<ReleaseFeed> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const words = JSON.stringify({
      version,
      releaseDate: '2026-01-01T00:00:00Z',
      signedAt: '2026-01-01T00:00:00Z',
      expiresAt: '9999-01-01T00:00:00Z',
      releaseNotes: 'More of everything.',
      files: Object.entries(files).map(([url, bytes]) => ({ url, sha512: createHash('sha512').update(bytes).digest('base64'), size: bytes.length })),
    })
    const pages = new Map<string, string | Uint8Array>(Object.entries(files))
    pages.set('latest-linux.yml', withSignature(words, sign(null, signedBytes(words), privateKey)))
    const asked: string[] = []
    const server = createServer(({ url = '' }, response) => {
      asked.push(url)
      const page = pages.get(url.replace('/feed/', ''))
      response.writeHead(page ? 200 : 404).end(page)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new ReleaseFeed(server, publicKey, asked)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
