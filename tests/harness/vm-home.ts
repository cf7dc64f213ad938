import { join } from 'node:path'
import type { VmStatus } from '../../electron/hosts/vm/status.ts'
import { type Outcome, type RunOptions, run } from './run.ts'

/** A home of its own for virtual machines: nothing in it is that of the person who runs the tests. */
export class VmHome {
  readonly home: string
  readonly #command: readonly [string, ...string[]]

  /** @param command how `engineroom vm` is started */
  constructor(home: string, command: readonly [string, ...string[]]) {
    this.home = home
    this.#command = command
  }

  /** The environment of `engineroom vm` that makes it look here. */
  get env(): NodeJS.ProcessEnv {
    return { ENGINEROOM_HOME: this.home }
  }

  /** Where the engine of the VM `default` answers. */
  get socketPath(): string {
    return join(this.home, 'run/docker.sock')
  }

  vm(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const [program, ...before] = this.#command
    return run(program, [...before, ...args], { ...options, env: { ...options.env, ...this.env } })
  }

  async status(...flags: string[]): Promise<VmStatus> {
    return JSON.parse((await this.vm(['status', '--json', ...flags])).stdout)
  }

  file(vm: string, name: string): string {
    return join(this.home, 'vm', vm, name)
  }
}
