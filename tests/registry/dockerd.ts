import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { apiRequest } from '../harness/api-request.ts'
import { run } from '../harness/run.ts'
import { until } from '../harness/until.ts'

/** Debian's dockerd, for images alone: without a network, so that it touches nothing of this machine's. */
export class Dockerd implements AsyncDisposable {
  readonly #root: string
  readonly #child: ChildProcess

  private constructor(root: string, child: ChildProcess) {
    this.#root = root
    this.#child = child
  }

  static async start(): Promise<Dockerd> {
    const root = await mkdtemp('/tmp/er-dockerd-')
    const folders = ['--data-root', `${root}/data`, '--exec-root', `${root}/exec`, '-p', `${root}/pid`]
    const log = openSync(join(root, 'log'), 'a')
    const args = ['-H', `unix://${root}/docker.sock`, ...folders, '--bridge=none', '--iptables=false', '--ip6tables=false']
    const child = spawn('/usr/sbin/dockerd', args, { stdio: ['ignore', log, log] })
    closeSync(log)
    const answers = async () => child.exitCode !== null || (await apiRequest(`${root}/docker.sock`, 'GET', '/_ping')).status === 200
    await until('dockerd to answer', answers, 60_000)
    if (child.exitCode !== null) throw new Error(`dockerd ended: ${(await readFile(join(root, 'log'), 'utf8')).slice(-2000)}`)
    return new Dockerd(root, child)
  }

  /** Runs the docker CLI, which must succeed. */
  async ok(...args: string[]): Promise<string> {
    const env = { DOCKER_HOST: `unix://${this.#root}/docker.sock`, DOCKER_CONFIG: join(this.#root, 'config'), DOCKER_CLI_HINTS: 'false' }
    const { code, stdout, stderr } = await run('docker', args, { env })
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: exit ${code}\n${stderr}${stdout}`)
    return stdout.trimEnd()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await ended
    await rm(this.#root, { recursive: true, force: true })
  }
}
