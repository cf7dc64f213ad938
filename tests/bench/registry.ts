import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { until } from '../harness/until.ts'

const PROGRAM = '/usr/bin/docker-registry'

/** Debian's docker-registry with a folder of its own, on a free port of 127.0.0.1, which clients trust without TLS. */
export class Registry implements AsyncDisposable {
  readonly address: string
  readonly #root: string
  readonly #child: ChildProcess

  private constructor(address: string, root: string, child: ChildProcess) {
    this.address = address
    this.#root = root
    this.#child = child
  }

  static isThere(): boolean {
    return existsSync(PROGRAM)
  }

  static async start(): Promise<Registry> {
    const root = await mkdtemp('/tmp/erbench-registry-')
    const address = `127.0.0.1:${await freePort()}`
    const configuration = {
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(root, 'data') } },
      http: { addr: address },
    }
    await writeFile(join(root, 'config.yml'), JSON.stringify(configuration)) // YAML takes JSON.
    const child = spawn(PROGRAM, ['serve', join(root, 'config.yml')], { stdio: 'ignore' })
    await until('the registry to answer', async () => (await fetch(`http://${address}/v2/`)).ok)
    return new Registry(address, root, child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill()
    await ended
    await rm(this.#root, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
