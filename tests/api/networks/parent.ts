import { run } from '../../harness/run.ts'

/** An interface of the host's that macvlan and ipvlan networks can stand on: a cable that leads nowhere else. */
export class Parent implements AsyncDisposable {
  readonly name: string

  private constructor(name: string) {
    this.name = name
  }

  /** @param number that nobody else has, as of the daemon's subnet */
  static async make(number: number): Promise<Parent> {
    const name = `erp${number}`
    await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}x`)
    for (const end of [name, `${name}x`]) await ip('link', 'set', end, 'up')
    return new Parent(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ip('link', 'delete', this.name)
  }
}

/** Runs ip(8), which must succeed. */
export async function ip(...args: string[]): Promise<void> {
  const { code, stderr } = await run('ip', args)
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}
