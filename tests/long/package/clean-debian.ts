import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Outcome, run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'

const ENTER = `
set -e
mount --make-rprivate /
mount --rbind "$0" "$0"
mount --rbind /dev "$0/dev"
mount -t sysfs sysfs "$0/sys"
mount --rbind /sys/fs/cgroup "$0/sys/fs/cgroup"
mount -t proc proc "$0/proc"
mount -t tmpfs -o mode=755 tmpfs "$0/run"
ip link set lo up
cd "$0"
pivot_root . mnt
umount -l /mnt
while :; do sleep 0.2; done` // Its first process, which reaps what has lost its parent.

/** A fresh Debian with a network, mounts and processes of its own, in which nothing runs but what a test starts: no systemd. */
export class CleanDebian implements AsyncDisposable {
  readonly root: string
  readonly #outside: ChildProcess
  /** Its pid on this machine. */
  readonly #first: number

  private constructor(root: string, outside: ChildProcess, first: number) {
    this.root = root
    this.#outside = outside
    this.#first = first
  }

  /**
   * @param packages of Debian's that are in it, besides the essential ones
   * @param later those that apt has to put in order, which debootstrap cannot
   */
  static async make(packages: readonly string[], later: readonly string[] = []): Promise<CleanDebian> {
    const root = await mkdtemp('/var/tmp/er-debian-')
    // It will be the root of people who are not root.
    await chmod(root, 0o755)
    await must('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, 'bookworm', root])
    if (later.length > 0) await installLater(root, later)
    const outside = spawn('unshare', ['--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', ENTER, root], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const children = `/proc/${outside.pid}/task/${outside.pid}/children`
    const first = await until('its first process', async () => Number.parseInt(await readFile(children, 'utf8'), 10) || undefined)
    const debian = new CleanDebian(root, outside, first)
    try {
      await until('its mounts to be in place', () => debian.ok('test', '-e', '/root/.profile', '-a', '!', '-e', '/mnt/var/tmp').then(() => true))
    } catch (error) {
      await debian[Symbol.asyncDispose]()
      throw error
    }
    return debian
  }

  /** A program in it, as root. */
  run(...command: readonly string[]): Promise<Outcome> {
    return run('nsenter', [...this.#entrance, ...command], { timeoutMs: 240_000, env: ENVIRONMENT })
  }

  /** @returns its output @throws Error when it fails */
  async ok(...command: readonly string[]): Promise<string> {
    return must('nsenter', [...this.#entrance, ...command])
  }

  /** A program that stays, until disposal. */
  start(...command: readonly string[]): ChildProcess {
    return spawn('nsenter', [...this.#entrance, ...command], { stdio: ['ignore', 'ignore', 'inherit'], env: ENVIRONMENT })
  }

  async put(path: string, inFolder: string): Promise<void> {
    await mkdir(join(this.root, inFolder), { recursive: true })
    await must('cp', [path, join(this.root, inFolder)])
  }

  /** With the first process all others end. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#outside.once('exit', resolve))
    process.kill(this.#first, 'SIGKILL')
    await ended
    await rm(this.root, { recursive: true })
  }

  get #entrance(): string[] {
    return [`--target=${this.#first}`, '--mount', '--net', '--pid', '--']
  }
}

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' }

/** Before it has processes and a network of its own, so that the mirror is reached; what is installed starts nothing. */
async function installLater(root: string, packages: readonly string[]): Promise<void> {
  await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  await must('chroot', [root, 'apt-get', 'install', '--yes', '--no-install-recommends', ...packages])
}

async function must(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { timeoutMs: 900_000, env: ENVIRONMENT })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${stderr}${stdout.slice(-2000)}`)
  return stdout
}
