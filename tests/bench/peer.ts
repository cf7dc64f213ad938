import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { shippedImages } from '../../build/hello-image.ts'
import { type ApiAnswer, apiRequest } from '../harness/api-request.ts'
import { DAEMON_COMMAND } from '../harness/daemon.ts'
import { type Outcome, type RunOptions, run } from '../harness/run.ts'
import { commandsOf, descendantsOf } from './processes.ts'

export type PeerName = 'ours' | 'dockerd'

/** How a daemon of this make is started, and what of it to look at. */
interface Make {
  readonly name: PeerName
  /** Bridge and its address, a network of its own for each peer. */
  readonly bridge: string
  readonly address: string
  /** dockerd wants a bridge of another name to exist. */
  readonly makesBridge: boolean
  command(root: string): readonly string[]
  /** The program that stays for each running container. */
  readonly monitor: RegExp
}

/** Subnets that no test uses: a dockerd that ends leaves its rules of the packet filter behind. */
const OURS: Make = {
  name: 'ours',
  bridge: 'erbench0',
  address: '10.217.1.1/24',
  makesBridge: true,
  command: (root) => [...DAEMON_COMMAND, ...flags(root), '--bridge', 'erbench0', '--bip', '10.217.1.1/24'],
  monitor: /conmon$/,
}

const DOCKERD: Make = {
  name: 'dockerd',
  bridge: 'erbench1',
  address: '10.217.2.1/24',
  makesBridge: false,
  command: (root) => ['/usr/sbin/dockerd', ...flags(root), '--bridge', 'erbench1'],
  monitor: /containerd-shim[^/]*$/,
}

const flags = (root: string) => ['-H', `unix://${root}/docker.sock`, '--data-root', `${root}/data`, '--exec-root', `${root}/exec`, '-p', `${root}/pid`]

/**
 * A daemon under measurement: ours, or the dockerd of Debian's docker.io with its containerd. Both have a root, a socket
 * and a bridge of their own, the same image, and the same docker CLI as client.
 */
export class Peer implements AsyncDisposable {
  readonly root: string
  readonly #make: Make
  readonly #flags: readonly string[]
  readonly #hasBridge: boolean
  #child: ChildProcess | undefined

  private constructor(root: string, make: Make, moreFlags: readonly string[]) {
    this.root = root
    this.#make = make
    this.#flags = moreFlags
    this.#hasBridge = !moreFlags.includes('--bridge=none')
  }

  /**
   * @param moreFlags with `--bridge=none` there may be several dockerds at a time
   * @throws Error when the daemon does not start, or is not on this machine
   */
  static async create(name: PeerName, moreFlags: readonly string[] = []): Promise<Peer> {
    const make = name === 'ours' ? OURS : DOCKERD
    const [program = ''] = make.command('')
    if (!existsSync(program)) throw new Error(`the benchmark compares with a real dockerd, and ${program} is missing: apt-get install docker.io`)
    const peer = new Peer(await mkdtemp(`/tmp/erbench-${name}-`), make, moreFlags)
    await mkdir(join(peer.root, 'docker-config'))
    if (!make.makesBridge && peer.#hasBridge) {
      await run('ip', ['link', 'add', make.bridge, 'type', 'bridge'])
      await run('ip', ['address', 'replace', make.address, 'dev', make.bridge])
      await run('ip', ['link', 'set', make.bridge, 'up'])
    }
    await peer.start()
    const { code, stderr } = await peer.docker(['load'], { input: await shippedImages(['busybox:latest']) })
    if (code !== 0) throw new Error(`docker load into ${name}: ${stderr}`)
    return peer
  }

  get name(): PeerName {
    return this.#make.name
  }

  /** The interface of its default network. */
  get bridge(): string {
    return this.#make.bridge
  }

  get socketPath(): string {
    return join(this.root, 'docker.sock')
  }

  /** Starts the daemon. @returns milliseconds from the start of the program to its first answer to `/_ping` */
  async start(): Promise<number> {
    const log = openSync(join(this.root, 'log'), 'a')
    const [program = '', ...args] = this.#make.command(this.root)
    const begun = performance.now()
    const child = spawn(program, [...args, ...this.#flags], { stdio: ['ignore', log, log] })
    closeSync(log)
    this.#child = child
    while (!(await this.#answers())) {
      if (child.exitCode !== null) throw new Error(`${this.name} ended: ${(await readFile(join(this.root, 'log'), 'utf8')).slice(-2000)}`)
      if (performance.now() - begun > 60_000) throw new Error(`${this.name} did not answer within a minute`)
      await sleep(2)
    }
    return performance.now() - begun
  }

  async #answers(): Promise<boolean> {
    return this.api('GET', '/_ping').then(
      ({ status }) => status === 200,
      () => false, // Nobody listens yet.
    )
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }

  api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return apiRequest(this.socketPath, method, path, body, headers)
  }

  /** The environment in which the docker CLI talks to this daemon. */
  get env(): NodeJS.ProcessEnv {
    const config = { DOCKER_CONFIG: join(this.root, 'docker-config'), DOCKER_CLI_HINTS: 'false', DOCKER_BUILDKIT: '0' }
    return { ...process.env, ...config, DOCKER_HOST: `unix://${this.socketPath}` }
  }

  docker(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return run('docker', args, { timeoutMs: 600_000, ...options, env: this.env })
  }

  /** Runs the docker CLI, which must succeed. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.docker(args)
    if (code !== 0) throw new Error(`${this.name}: docker ${args.join(' ')}: exit ${code}\n${stderr}${stdout}`)
    return stdout.trim()
  }

  /** The daemon's own processes: it and, for dockerd, its containerd; not what holds containers. */
  async processes(): Promise<number[]> {
    const pid = this.#child?.pid
    if (pid === undefined) return []
    const pids = [pid, ...(await descendantsOf(pid))]
    const commands = await commandsOf(pids)
    return pids.filter((one) => !this.#make.monitor.test(commands.get(one)?.[0] ?? '') && /node|dockerd|containerd$/.test(commands.get(one)?.[0] ?? ''))
  }

  /** The processes that hold this daemon's containers. */
  async monitors(): Promise<number[]> {
    const commands = await commandsOf()
    return [...commands]
      .filter(([, command]) => this.#make.monitor.test(command[0] ?? '') && command.some((word) => word.includes(`${this.root}/`)))
      .map(([pid]) => pid)
  }

  /** Removes every container, every network, the daemon, its folders and its bridge. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#child) await this.start()
    const ids = await this.ok('ps', '-aq')
    if (ids !== '') await this.ok('rm', '-f', ...ids.split('\n'))
    await this.ok('network', 'prune', '-f')
    await this.stop()
    if (this.#hasBridge) await this.#removeNetwork()
    await rm(this.root, { recursive: true, force: true })
  }

  async #removeNetwork(): Promise<void> {
    await run('ip', ['link', 'delete', this.#make.bridge])
    await run('sh', [
      '-c',
      `for t in $(nft list tables | grep -o 'engineroom-[0-9a-f]*'); do nft list table ip $t | grep -q '"${this.#make.bridge}"' && nft delete table ip $t; done`,
    ])
  }
}
