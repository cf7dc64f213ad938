import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'
import type { TestBucket } from '../s3/ceph.ts'

export const CLIENT = fileURLToPath(new URL('../../dist/cli/main.mjs', import.meta.url))

/** How to start a registry that keeps its data in `root`. */
type Program = (
  where: { readonly root: string; readonly dataFolder: string; readonly port: number },
  flags: readonly string[],
) => Promise<readonly [string, ...string[]]>

const OURS: Program = async ({ dataFolder, port }, flags) => {
  const own = ['registry', 'serve', '--addr', `127.0.0.1:${port}`, '--root', dataFolder]
  return [process.execPath, '--', CLIENT, ...own, ...flags]
}

/** Its data is below a prefix of the test's bucket; registries with the same `dataFolder` share it. */
const ON_S3: Program = async ({ dataFolder, port }, flags) => {
  const { endpoint, bucket } = testBucket()
  const own = ['registry', 'serve', '--addr', `127.0.0.1:${port}`, '--s3', `endpoint=${endpoint},bucket=${bucket},prefix=${prefixOf(dataFolder)}`]
  return [process.execPath, '--', CLIENT, ...own, ...flags]
}

/** Debian's. */
const DOCKERS: Program = async ({ root, dataFolder, port }) => {
  const storage = { filesystem: { rootdirectory: dataFolder }, delete: { enabled: true } }
  const configuration = { version: 0.1, log: { level: 'error', accesslog: { disabled: true } }, storage, http: { addr: `127.0.0.1:${port}` } }
  await writeFile(join(root, 'config.yml'), JSON.stringify(configuration)) // YAML takes JSON.
  return ['docker-registry', 'serve', join(root, 'config.yml')]
}

const PROGRAMS = { ours: OURS, 'ours on S3': ON_S3, 'docker-registry': DOCKERS }
export type RegistryKind = keyof typeof PROGRAMS

/** A running registry with a folder and a port of its own. */
export class RunningRegistry implements AsyncDisposable {
  readonly kind: RegistryKind
  readonly root: string
  readonly port: number
  readonly dataFolder: string
  readonly #flags: readonly string[]
  #child: ChildProcess | undefined

  constructor(kind: RegistryKind, { root, dataFolder, port }: { root: string; dataFolder: string; port: number }, flags: readonly string[]) {
    this.kind = kind
    this.root = root
    this.dataFolder = dataFolder
    this.port = port
    this.#flags = flags
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get url(): string {
    return `http://${this.address}`
  }

  async start(moreFlags: readonly string[] = []): Promise<void> {
    const [program, ...args] = await PROGRAMS[this.kind](this, [...this.#flags, ...moreFlags])
    const log = openSync(join(this.root, 'log'), 'a')
    const child = spawn(program, args, { stdio: ['ignore', log, log], env: { ...process.env, ...inject('s3')?.env } })
    closeSync(log)
    this.#child = child
    await until('the registry to listen', () => child.exitCode !== null || isOpen(this.port))
    if (child.exitCode !== null) throw new Error(`the registry ended: ${await this.log()}`)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  log(): Promise<string> {
    return readFile(join(this.root, 'log'), 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.root, { recursive: true, force: true })
  }
}

/** @param flags of ours @param dataFolder of another, which has ended */
export async function startRegistry(kind: RegistryKind, flags: readonly string[] = [], dataFolder?: string): Promise<RunningRegistry> {
  const root = await mkdtemp('/tmp/er-registry-')
  const registry = new RunningRegistry(kind, { root, dataFolder: dataFolder ?? join(root, 'data'), port: await freePort() }, flags)
  try {
    await registry.start()
  } catch (error) {
    await registry[Symbol.asyncDispose]()
    throw error
  }
  return registry
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Where a registry on S3 keeps what it would have in a folder. */
export function prefixOf(dataFolder: string): string {
  return dataFolder.slice(1)
}

/** @throws Error in a project without an object store */
export function testBucket(): TestBucket {
  const found = inject('s3')
  if (!found) throw new Error('there is no object store here')
  return found
}

/** The same tests run on S3 in a project of their own. */
export const OWN: RegistryKind = inject('s3') ? 'ours on S3' : 'ours'

/** For tests that both have to pass, which shows that the tests are right. */
export const BOTH: readonly RegistryKind[] = inject('s3') ? [OWN] : [OWN, 'docker-registry']
