import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Outcome } from './run.ts'
import { VmHome } from './vm-home.ts'

const VM = fileURLToPath(new URL('../../dist/vm/main.mjs', import.meta.url))

/**
 * What the fake driver runs in place of Linux: tells the stages, and passes the engine's port on to a daemon that is
 * there already. `before` is code that runs first.
 */
function machine(daemonPort: number, before: string): string {
  return `
import { appendFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
const say = (text) => console.log('engineroom: ' + text)
say('stage kernel start')
${before}
for (const stage of ['kernel', 'disk', 'network']) say('stage ' + stage + ' done')
createServer({ allowHalfOpen: true, noDelay: true }, (one) => {
  const other = connect({ port: ${daemonPort}, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  one.pipe(other).pipe(one)
  one.on('error', () => other.destroy())
  other.on('error', () => one.destroy())
}).listen(process.env.VM_PORT, '127.0.0.1', () => say('stage engine done'))
if (process.env.VM_STATE) say('goes on from ' + process.env.VM_STATE)
process.on('SIGTERM', () => {
  appendFileSync(process.env.VM_DISK + '.shut-down', 'x')
  process.exit(0)
})
`
}

/** A home of its own with VMs of the fake driver. `await using` it: disposal stops them. */
export class FakeVms extends VmHome implements AsyncDisposable {
  readonly #assets: string

  private constructor(home: string) {
    super(home, [process.execPath, VM])
    this.#assets = join(home, 'assets')
  }

  /** @param home a folder that is not there yet, with a short path */
  static async in(home: string, daemonPort: number, before = ''): Promise<FakeVms> {
    const vms = new FakeVms(home)
    await mkdir(vms.#assets, { recursive: true })
    await vms.boots(daemonPort, before)
    return vms
  }

  /** Changes what VMs boot from now on. */
  async boots(daemonPort: number, before = ''): Promise<void> {
    const files = { kernel: 'machine.mjs', initrd: 'initrd', root: 'root' }
    await writeFile(join(this.#assets, files.kernel), machine(daemonPort, before))
    for (const name of [files.initrd, files.root]) await writeFile(join(this.#assets, name), '')
    const described = Object.entries(files).map(async ([use, name]) => [use, { name, sizeBytes: (await stat(join(this.#assets, name))).size, sha256: '' }])
    const manifest = { format: 1, arch: 'x86_64', commandLine: '', files: Object.fromEntries(await Promise.all(described)) }
    await writeFile(join(this.#assets, 'manifest.json'), JSON.stringify(manifest))
  }

  start(...flags: string[]): Promise<Outcome> {
    return this.vm(['start', '--driver', 'fake', '--assets', this.#assets, '--disk', '1g', ...flags])
  }

  /** How often the guest of a VM has been shut down properly. */
  async shutDowns(vm: string): Promise<number> {
    return (await readFile(this.file(vm, 'data.qcow2.shut-down'), 'utf8').catch(() => '')).length // None yet: no file.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of ['default', 'other']) await this.vm(['stop', '--name', name])
    await rm(this.home, { recursive: true })
  }
}
