import type { TestDaemon } from '../harness/daemon.ts'
import { RawConnection } from '../harness/raw-connection.ts'
import { until } from '../harness/until.ts'

/** So many requests at a time, as a busy script has. */
const AT_A_TIME = 8

interface Listed {
  readonly Id: string
  readonly State: string
}

/** A great number of containers of one daemon, and what is done with all of them. Durations are in milliseconds, one for each. */
export class Many {
  readonly #daemon: TestDaemon
  #ids: string[] = []

  constructor(daemon: TestDaemon) {
    this.#daemon = daemon
  }

  create(count: number): Promise<number[]> {
    const body = { Image: 'busybox', Cmd: ['sleep', '100000'], Labels: { purpose: 'one of many' }, HostConfig: { Init: true } }
    return this.#each(
      Array.from({ length: count }, (_, index) => `many-${index}`),
      async (name) => {
        this.#ids.push((await this.#ask('POST', `/containers/create?name=${name}`, 201, body)).json<{ Id: string }>().Id)
      },
    )
  }

  start(): Promise<number[]> {
    return this.#each(this.#ids, (id) => this.#ask('POST', `/containers/${id}/start`, 204))
  }

  /** Asks for the whole list again and again. */
  list(times: number): Promise<number[]> {
    return this.#each(
      Array.from({ length: times }, () => '/containers/json?all=1'),
      (path) => this.#ask('GET', path, 200),
    )
  }

  /** Opens a stream of stats for each, and waits until each has said `lines`. */
  async watchStats(lines: number): Promise<void> {
    const streams = this.#ids.map((id) => {
      const connection = new RawConnection(this.#daemon.socketPath)
      connection.send(`GET /containers/${id}/stats HTTP/1.1\r\nHost: d\r\n\r\n`)
      return connection
    })
    try {
      const told = (stream: RawConnection) => stream.payload.toString('latin1').split('"read"').length > lines
      await until('everybody to be told', () => streams.every(told), 120_000)
    } finally {
      for (const stream of streams) stream[Symbol.dispose]()
    }
  }

  stop(): Promise<number[]> {
    return this.#each(this.#ids, (id) => this.#ask('POST', `/containers/${id}/stop?t=10`, 204))
  }

  async remove(): Promise<number[]> {
    const durations = await this.#each(this.#ids, (id) => this.#ask('DELETE', `/containers/${id}?force=1`, 204))
    this.#ids = []
    return durations
  }

  /** How many run, as the list says. */
  async running(): Promise<number> {
    const listed = (await this.#ask('GET', '/containers/json', 200)).json<Listed[]>()
    return listed.filter(({ State }) => State === 'running').length
  }

  async #ask(method: string, path: string, status: number, body?: unknown) {
    const answer = await this.#daemon.api(method, path, body)
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return answer
  }

  async #each(items: readonly string[], work: (item: string) => Promise<unknown>): Promise<number[]> {
    const waiting = [...items]
    const durations: number[] = []
    const worker = async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
        const begun = performance.now()
        await work(item)
        durations.push(performance.now() - begun)
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, worker))
    return durations
  }
}
