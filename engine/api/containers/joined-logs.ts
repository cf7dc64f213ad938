import { once } from 'node:events'
import { StringDecoder } from 'node:string_decoder'
import type { Container } from '../../containers/container.ts'
import { readLogs } from '../../containers/logs/logs.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError, messageOf } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'
import { parseTime } from '../times.ts'

/** Each is a file that is read and watched. */
const MOST_CONTAINERS = 200

interface Wish {
  readonly container: Container
  /** Nanoseconds since 1970, inclusive. */
  readonly since: bigint | undefined
}

/**
 * Our own, docker has none of it: what several containers write, as it comes, over one connection, of which a browser has
 * few. `container` (an id, or `ID@TIME` for lines from then on) may be repeated; `tail` counts for those without a time.
 * A line of JSON for each piece: `{"container", "stream", "text"}`, the text beginning with its time unless it goes on
 * with a line; `{"container", "failure"}` for one whose log cannot be read. Ends when all of them have.
 */
export function joinedLogsRoute(parts: ContainerParts): Route {
  return {
    method: 'GET',
    path: '/engineroom/v1/logs',
    async handler(call) {
      const wishes = call.query.all('container').map((text) => wishOf(parts, text))
      if (wishes.length === 0 || wishes.length > MOST_CONTAINERS) throw new EngineError('invalid', `name 1 to ${MOST_CONTAINERS} containers`)
      const tail = call.query.integer('tail')
      const output = new Output(call)
      await Promise.all(wishes.map((wish) => sendLog(parts, wish, tail, output)))
      output.end()
    },
  }
}

/** @throws EngineError `not-found` */
function wishOf(parts: ContainerParts, text: string): Wish {
  const [id = '', time] = text.split('@', 2)
  return { container: parts.store.get(id), since: time === undefined ? undefined : parseTime(time) }
}

async function sendLog(parts: ContainerParts, { container, since }: Wish, tail: number | undefined, output: Output): Promise<void> {
  const options = { stdout: true, stderr: true, follow: true, timestamps: true, details: false, since, until: undefined }
  // Parts of a long line may end inside of a character.
  const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() }
  try {
    for await (const batch of readLogs(parts, container, { ...options, tail: since === undefined ? tail : undefined }, output.signal)) {
      const lines = batch.map(({ stream, text }) => ({ container: container.id, stream, text: decoders[stream].write(text) }))
      await output.write(lines)
    }
  } catch (error) {
    if (!output.signal.aborted) await output.write([{ container: container.id, failure: messageOf(error) }])
  }
}

/** One answer that several write to, at the pace of its reader. */
class Output {
  readonly signal: AbortSignal
  readonly #response: ReturnType<ApiCall['stream']>
  #drained: Promise<unknown> | undefined

  constructor(call: ApiCall) {
    this.signal = call.signal
    this.#response = call.stream('application/json')
  }

  /** Resolves when there is room again, or the reader has gone. */
  async write(lines: readonly object[]): Promise<void> {
    if (this.signal.aborted) return
    if (!this.#response.write(lines.map((line) => `${JSON.stringify(line)}\n`).join('')))
      this.#drained ??= once(this.#response, 'drain', { signal: this.signal }).finally(() => {
        this.#drained = undefined
      })
    try {
      await this.#drained
    } catch (error) {
      if (!this.signal.aborted) throw error
    }
  }

  end(): void {
    this.#response.end()
  }
}
