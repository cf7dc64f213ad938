import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

const PROGRAM = '/usr/bin/docker-registry'
const LAUNCHER = fileURLToPath(new URL('../../engineroom', import.meta.url))

export type RegistryName = 'ours' | 'docker-registry'

/** Ours, or Debian's docker-registry, with a folder of its own, on a free port of 127.0.0.1, which clients trust without TLS. */
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

  static async start(name: RegistryName = 'docker-registry'): Promise<Registry> {
    const root = await mkdtemp('/tmp/erbench-registry-')
    const address = `127.0.0.1:${await freePort()}`
    const [program, ...args] = name === 'ours' ? ours(root, address) : await dockers(root, address)
    const child = spawn(program, args, { stdio: 'ignore' })
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

function ours(root: string, address: string): readonly [string, ...string[]] {
  return [LAUNCHER, 'registry', 'serve', '--addr', address, '--root', join(root, 'data')]
}

async function dockers(root: string, address: string): Promise<readonly [string, ...string[]]> {
  const configuration = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(root, 'data') } },
    http: { addr: address },
  }
  await writeFile(join(root, 'config.yml'), JSON.stringify(configuration)) // YAML takes JSON.
  return [PROGRAM, 'serve', join(root, 'config.yml')]
}
