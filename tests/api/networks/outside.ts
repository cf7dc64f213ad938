import { run } from '../../harness/run.ts'
import { ASK_PROGRAM } from './answering.ts'

/** A machine of its own beside this one: a network namespace with a cable to the host. */
export class Outside implements AsyncDisposable {
  readonly #name: string
  /** The host's end of the cable. */
  readonly link: string
  /** The host, as the other machine sees it. */
  readonly host: string
  /** The other machine. */
  readonly address: string
  /** The two, in IPv6. */
  readonly host6: string
  readonly address6: string

  private constructor(name: string, number: number) {
    this.#name = name
    this.link = name
    this.host = `10.214.${number}.1`
    this.address = `10.214.${number}.2`
    this.host6 = `fd00:214:${number}::1`
    this.address6 = `fd00:214:${number}::2`
  }

  /** @param number of a free subnet 10.214.x.0/24 */
  static async connect(number: number): Promise<Outside> {
    const name = `erout${number}`
    const outside = new Outside(name, number)
    await ok('ip', 'netns', 'add', name)
    await ok('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    await ok('ip', 'address', 'add', `${outside.host}/24`, 'dev', name)
    await ok('ip', 'address', 'add', `${outside.host6}/64`, 'dev', name, 'nodad')
    await ok('ip', 'link', 'set', name, 'up')
    await outside.ok('ip', 'address', 'add', `${outside.address}/24`, 'dev', 'eth0')
    await outside.ok('ip', 'address', 'add', `${outside.address6}/64`, 'dev', 'eth0', 'nodad')
    await outside.ok('ip', 'link', 'set', 'eth0', 'up')
    await outside.ok('ip', 'route', 'add', 'default', 'via', outside.host)
    await outside.ok('ip', '-6', 'route', 'add', 'default', 'via', outside.host6)
    return outside
  }

  /** Runs a program on the other machine, which must succeed. */
  ok(...command: string[]): Promise<string> {
    return ok('ip', 'netns', 'exec', this.#name, ...command)
  }

  /** @returns what the port says, or `silence` */
  ask(protocol: 'tcp' | 'udp', host: string, port: number): Promise<string> {
    return this.ok(process.execPath, '-e', ASK_PROGRAM, protocol, host, String(port))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ok('ip', 'link', 'delete', this.#name)
    await ok('ip', 'netns', 'delete', this.#name)
  }
}

async function ok(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}
