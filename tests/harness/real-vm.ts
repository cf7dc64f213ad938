import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shippedImages } from '../../build/hello-image.ts'
import type { Architecture } from '../../electron/hosts/vm/assets.ts'
import { type Outcome, type RunOptions, run } from './run.ts'
import { until } from './until.ts'
import { VmHome } from './vm-home.ts'

const LAUNCHER = fileURLToPath(new URL('../../engineroom', import.meta.url))

/** Without acceleration, on a machine that does other things as well. */
export const PATIENCE_MS = 240_000

/** Somebody without any rights, who can read this checkout: as whom a VM runs that is not root's. */
export const PERSON = 65534

/** A hundred and fifty megabytes come over the line, where they are not in the cache. */
const BUILD_TIMEOUT_MS = 280_000

/**
 * Waits until its input ends, as it does when who started it is gone, however that went; then ends whatever was started
 * with this home, and removes it.
 */
const CARETAKER = `
cat >/dev/null
while
  found=
  for process in /proc/[0-9]*; do
    if grep -qzx "ENGINEROOM_HOME=$1" "$process/environ" 2>/dev/null; then
      kill -KILL "\${process#/proc/}" 2>/dev/null
      found=1
    fi
  done
  [ -n "$found" ]
do sleep 0.1; done
rm -rf "$1"
`

/**
 * A VM of QEMU's with an image made for it, in a home of its own. `await using` it: disposal ends all of it. Should the
 * test be killed, it ends as well.
 */
export class RealVm extends VmHome implements AsyncDisposable {
  readonly #endCaretaker: () => Promise<void>

  private constructor(home: string, command: readonly [string, ...string[]], endCaretaker: () => Promise<void>) {
    super(home, command)
    this.#endCaretaker = endCaretaker
  }

  /** A home without an image. */
  static create(): Promise<RealVm> {
    return RealVm.#create(() => [LAUNCHER, 'vm'])
  }

  /** A home of {@link PERSON}'s, who starts the VM in it. */
  static async createForPerson(): Promise<RealVm> {
    const asPerson = ['setpriv', `--reuid=${PERSON}`, `--regid=${PERSON}`, '--clear-groups', LAUNCHER, 'vm']
    const vm = await RealVm.#create((home) => ['env', `HOME=${home}`, ...asPerson])
    await chown(vm.home, PERSON, PERSON)
    return vm
  }

  static async #create(command: (home: string) => readonly [string, ...string[]]): Promise<RealVm> {
    const home = await mkdtemp(join(tmpdir(), 'er-vm-'))
    const caretaker = spawn('sh', ['-c', CARETAKER, 'caretaker', home], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] })
    const gone = once(caretaker, 'exit')
    await mkdir(join(home, 'docker-config'))
    return new RealVm(home, command(home), async () => {
      caretaker.stdin.end()
      await gone
    })
  }

  /** Where clients keep their own. @see Session */
  get root(): string {
    return this.home
  }

  get image(): string {
    return join(this.home, 'image')
  }

  /** Makes the image. Debian's mirror drops a version when there is a newer one, and its archive is not reachable from everywhere: then today's do. */
  async build(arch?: Architecture): Promise<void> {
    const kind = arch ? ['--arch', arch] : []
    const build = (...flags: string[]) => run(LAUNCHER, ['vm', 'build', ...kind, ...flags, '--out', this.image], { timeoutMs: BUILD_TIMEOUT_MS })
    const locked = await build()
    if (locked.code === 0) return
    if (!locked.stderr.includes('could not be fetched')) succeeded(locked)
    process.stderr.write(`The image is made of the newest packages, as: ${locked.stderr}`)
    succeeded(await build('--newest'))
  }

  /** Makes the image, boots it, and loads an image of busybox. @param flags of `vm start` */
  async prepare(...flags: string[]): Promise<void> {
    await this.build()
    await this.start(...flags)
    await this.loadBusybox()
  }

  /** Boots. @returns what `vm start` told: the stages of the boot */
  async start(...flags: string[]): Promise<string> {
    const outcome = await this.vm(['start', '--assets', this.image, '--memory', '1g', '--disk', '8g', ...flags], { timeoutMs: PATIENCE_MS })
    succeeded(outcome)
    return outcome.stderr
  }

  /** Runs the real docker CLI on the socket that leads into the VM, whatever its exit code. */
  docker(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const env = { DOCKER_HOST: `unix://${this.socketPath}`, DOCKER_CONFIG: join(this.root, 'docker-config'), DOCKER_BUILDKIT: '0', DOCKER_CLI_HINTS: 'false' }
    return run('docker', args, { timeoutMs: PATIENCE_MS, ...options, env: { ...env, ...options.env } })
  }

  /** As {@link docker}, which must succeed. @returns its standard output without the last newline */
  async ok(...args: string[]): Promise<string> {
    return succeeded(await this.docker(args))
  }

  /** Waits for what the first boot of an image leaves for the others: some seconds of a processor's work, a while after it. */
  async snapshotOfEngine(): Promise<void> {
    const isKept = async () => (await this.vm(['logs'])).stdout.includes('the engine starts from a snapshot from now on')
    await until('a snapshot of the engine', isKept, PATIENCE_MS)
  }

  /** Loads `busybox:latest`. */
  async loadBusybox(): Promise<void> {
    succeeded(await this.docker(['load'], { input: await shippedImages(['busybox:latest']) }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endCaretaker()
  }
}

/** @returns standard output without the last newline. @throws Error with what the program said */
function succeeded({ code, stdout, stderr }: Outcome): string {
  if (code !== 0) throw new Error(`exit code ${code}: ${stdout}${stderr}`)
  return stdout.trimEnd()
}
