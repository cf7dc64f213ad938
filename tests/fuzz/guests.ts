import type { TestDaemon } from '../harness/daemon.ts'
import { until } from '../harness/until.ts'
import type { FuzzRequest } from './request.ts'

/** Ends by SIGTERM, so that no stop takes longer than it must. */
const SLEEPER = ['sh', '-c', 'trap "exit 0" TERM; sleep 100 & wait']
/** One that runs, one with a terminal, one that was never started, one that is paused. @see CONTAINERS */
const NAMES = ['main', 'terminal', 'still', 'cold']

/** The containers that the requests are about. */
export class Guests {
  readonly #daemon: TestDaemon
  #exec = ''

  constructor(daemon: TestDaemon) {
    this.#daemon = daemon
  }

  /** Those that requests name are there and as they should be, whatever requests have done; others are removed, and networks. */
  async receive(): Promise<void> {
    const daemon = this.#daemon
    await until('the others to be gone', async () => {
      const strays = (await this.#names()).filter((name) => !NAMES.includes(name))
      // Some may be on their way already: a client asked for it, and left.
      if (strays.length > 0) await daemon.docker(['rm', '-f', '-v', ...strays])
      return strays.length === 0
    })
    const names = await this.#names()
    await daemon.ok('network', 'prune', '-f')
    for (const name of NAMES.filter((one) => !names.includes(one))) {
      const body = { Image: 'busybox', Cmd: SLEEPER, OpenStdin: true, Tty: name === 'terminal', HostConfig: { Init: true } }
      await daemon.api('POST', `/containers/create?name=${name}`, body)
    }
    for (const name of NAMES) await daemon.api('POST', `/containers/${name}/unpause`)
    for (const name of NAMES.filter((one) => one !== 'still')) await daemon.api('POST', `/containers/${name}/start`)
    await daemon.api('POST', '/containers/cold/pause')
    this.#exec = (await daemon.api('POST', '/containers/main/exec', { Cmd: ['true'], AttachStdout: true })).json<{ Id: string }>().Id
  }

  async #names(): Promise<string[]> {
    return (await this.#daemon.ok('ps', '-a', '--format', '{{.Names}}')).split('\n').filter((name) => name !== '')
  }

  /** The exec that a request names is one that there is. */
  fillIn(request: FuzzRequest): FuzzRequest {
    return { ...request, head: request.head.replace('{exec}', this.#exec) }
  }
}
