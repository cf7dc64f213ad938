import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/** Gives out tokens as docker's specification says: `user` may do what it asks for, everybody else may pull. */
export class TokenServer implements AsyncDisposable {
  readonly #server: Server
  readonly #key: KeyObject
  /** For the registry: the keys that it shall trust. */
  readonly keysFile: string

  private constructor(keysFile: string, key: KeyObject) {
    this.keysFile = keysFile
    this.#key = key
    this.#server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://here')
      const isUser = request.headers.authorization === `Basic ${Buffer.from('user:secret').toString('base64')}`
      const access = searchParams.getAll('scope').flatMap((scopes) => scopes.split(' ').map((scope) => granted(scope, isUser)))
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ token: this.token(access, isUser ? 'user' : '') }))
    })
  }

  /** @param folder where the keys are written */
  static async start(folder: string): Promise<TokenServer> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const keysFile = `${folder}/jwks.json`
    await writeFile(keysFile, JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }))
    const server = new TokenServer(keysFile, privateKey)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`
  }

  token(access: readonly Access[], subject = ''): string {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: 'test', sub: subject, aud: 'registry.test', exp: now + 300, nbf: now - 10, access }
    const signed = [{ alg: 'ES256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${signed}.${sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** `repository:a/b:pull,push` */
function granted(scope: string, isUser: boolean): Access {
  const [type = '', name = '', actions = ''] = scope.split(':')
  return { type, name, actions: actions.split(',').filter((action) => isUser || action === 'pull') }
}
