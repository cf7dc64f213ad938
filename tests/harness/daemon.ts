import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shippedImages } from '../../build/hello-image.ts'
import { noteOwner } from './abandoned.ts'
import { type ApiAnswer, apiRequest } from './api-request.ts'
import { leaveTheKernel, tracesOf } from './leaks.ts'
import { type Outcome, type RunOptions, run } from './run.ts'
import { until } from './until.ts'

/** How the launcher starts the daemon. @see engineroom */
export const DAEMON_COMMAND: readonly [string, ...string[]] = [
  '/usr/bin/env',
  'MALLOC_ARENA_MAX=1',
  process.execPath,
  '--max-semi-space-size=1',
  '--no-concurrent-array-buffer-sweeping',
  fileURLToPath(new URL('../../dist/engine/daemon.mjs', import.meta.url)),
]

export interface StartOptions {
  /** More flags, e.g. `['--web-console', '127.0.0.1:0']`. */
  readonly flags?: readonly string[]
  /** Loads `busybox:latest`; on by default. */
  readonly withBusybox?: boolean
  /** More variables of its environment, e.g. `HTTP_PROXY`. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * A real daemon of the test's own, with folders, socket and bridge that no other has, and the real docker CLI to talk
 * to it. `await using` it: disposal removes every container, stops the daemon, and fails the test if anything is left
 * in the kernel.
 */
export class TestDaemon implements AsyncDisposable {
  readonly root: string
  readonly bridge: string
  readonly subnet: string
  readonly #flags: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  #child: ChildProcess | undefined

  constructor(root: string, network: { bridge: string; subnet: string }, flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.root = root
    this.bridge = network.bridge
    this.subnet = network.subnet
    this.#flags = flags
    this.#env = env
  }

  get socketPath(): string {
    return join(this.root, 'docker.sock')
  }

  get dataRoot(): string {
    return join(this.root, 'data')
  }

  get execRoot(): string {
    return join(this.root, 'exec')
  }

  /** Where its networks find their subnets, each of 16 addresses: the first three numbers. */
  get pool(): string {
    return `10.218.${this.subnet.split('.')[2]}`
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the daemon is not running')
    return this.#child.pid
  }

  /**
   * Starts the daemon and waits until it answers.
   * @param moreFlags with `-g`, `--graph` or `--data-root`, the data root is that one
   * @param patienceMs more for one that was asked to move its data: it does that first
   * @param under what it is started by, e.g. {@link underAdministrator}
   */
  async start(moreFlags: readonly string[] = [], patienceMs?: number, under: readonly string[] = []): Promise<void> {
    const log = openSync(join(this.root, 'log'), 'a')
    const where = [
      '-H',
      `unix://${this.socketPath}`,
      ...(['-g', '--graph', '--data-root'].some((flag) => moreFlags.includes(flag)) ? [] : ['--data-root', this.dataRoot]),
      '--exec-root',
      this.execRoot,
      '--bridge',
      this.bridge,
      '--bip',
      `${this.subnet}.1/24`,
      // Two daemons that choose at the same moment would choose the same.
      '--default-address-pool',
      `base=${this.pool}.0/24,size=28`,
    ]
    const [program = '', ...args] = [...under, ...DAEMON_COMMAND]
    this.#child = spawn(program, [...args, ...where, ...this.#flags, ...moreFlags], { stdio: ['ignore', log, log], env: { ...process.env, ...this.#env } })
    closeSync(log)
    const child = this.#child
    await until('the daemon to answer', async () => hasEnded(child) || (await this.api('GET', '/_ping')).status === 200, patienceMs)
    if (hasEnded(child)) throw new Error(`the daemon ended: ${await this.log()}`)
  }

  /** As an administrator stops it: containers live on. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || hasEnded(child)) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  /** The daemon's own output so far. */
  log(): Promise<string> {
    return readFile(join(this.root, 'log'), 'utf8')
  }

  /** Runs the real docker CLI, whatever its exit code. */
  docker(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const env = { DOCKER_HOST: `unix://${this.socketPath}`, DOCKER_CONFIG: join(this.root, 'docker-config'), DOCKER_BUILDKIT: '0', DOCKER_CLI_HINTS: 'false' }
    return run('docker', args, { ...options, env: { ...env, ...options.env } })
  }

  /** Runs the real docker CLI, which must succeed. @returns its standard output without the last newline */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.docker(args)
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: exit ${code}\n${stderr}${stdout}\n--- daemon ---\n${(await this.log()).slice(-3000)}`)
    return stdout.trimEnd()
  }

  /** One plain API request. @param path with or without a version prefix */
  api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return apiRequest(this.socketPath, method, path, body, headers)
  }

  /** Loads one of our images. */
  async load(name: Parameters<typeof shippedImages>[0][number]): Promise<void> {
    const { code, stdout, stderr } = await this.docker(['load'], { input: await shippedImages([name]) })
    if (code !== 0) throw new Error(`docker load: ${stderr}${stdout}`)
  }

  /** The address of the web console with its token; the daemon needs `--web-console`. */
  async webConsoleUrl(): Promise<string> {
    return (await readFile(join(this.execRoot, 'web-console'), 'utf8')).trim()
  }

  async removeAllContainers(): Promise<void> {
    const ids = (await this.ok('ps', '-aq')).split('\n').filter((id) => id !== '')
    if (ids.length > 0) await this.ok('rm', '-f', '-v', ...ids)
  }

  /** What is left of containers in the kernel and in the daemon's folders. @see tracesOf */
  traces(): Promise<string[]> {
    return tracesOf(this)
  }

  /** As {@link traces}, once there are none, or all the same after a while: monitors end a moment after their containers. */
  lastTraces(): Promise<string[]> {
    return until('nothing to be left', async () => ((await this.traces()).length === 0 ? [] : undefined)).catch(() => this.traces())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = await this.#removeEverything().finally(() => this.#leaveTheMachine())
    if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}\n--- daemon ---\n${(await this.log()).slice(-3000)}`)
    await rm(this.root, { recursive: true, force: true })
  }

  /** @returns what is left all the same */
  async #removeEverything(): Promise<string[]> {
    if (!this.#child || hasEnded(this.#child)) await this.start()
    await this.removeAllContainers()
    await this.ok('network', 'prune', '-f')
    return this.lastTraces()
  }

  async #leaveTheMachine(): Promise<void> {
    await this.stop()
    await leaveTheKernel(this.bridge, this.dataRoot)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Starts a daemon for a test. Its folder is below /tmp and short: unix socket paths hold 108 bytes. */
export async function startDaemon({ flags = [], withBusybox = true, env = {} }: StartOptions = {}): Promise<TestDaemon> {
  const root = await mkdtemp('/tmp/er-')
  await mkdir(join(root, 'docker-config'))
  const daemon = new TestDaemon(root, await freeNetwork(), flags, env)
  await noteOwner(root, daemon.bridge)
  try {
    await daemon.start()
    if (withBusybox) await daemon.load('busybox:latest')
    return daemon
  } catch (error) {
    await daemon.stop('SIGKILL')
    throw error
  }
}

const given = new Set<number>()

/** A bridge name and a /24 that nobody on this machine has; of two workers side by side, each has the odd or the even ones. */
export async function freeNetwork(): Promise<{ bridge: string; subnet: string }> {
  const { stdout } = await run('ip', ['-o', '-4', 'address'])
  const worker = Number(process.env.VITEST_POOL_ID ?? 0) % 2
  for (;;) {
    const number = 2 + worker + 2 * Math.floor(Math.random() * 125)
    if (given.has(number) || stdout.includes(` 10.213.${number}.`)) continue
    given.add(number)
    return { bridge: `ert${number}`, subnet: `10.213.${number}` }
  }
}
