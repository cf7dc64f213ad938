import type { Stay, Terminal } from '../../containers/terminals/terminal.ts'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { ApiCall } from '../call.ts'
import { ClientOutput } from '../client-output.ts'
import { parseSize } from '../containers/resize.ts'
import { hijack, RAW_STREAM } from '../hijack.ts'

/** Terminals over taken-over connections, as the desktop has them: bytes both ways, and the size by a request of its own. */
export class AttachedTerminals {
  readonly #log: Log
  /** By what their clients call themselves. */
  readonly #stays = new Map<string, Stay>()

  constructor(log: Log) {
    this.#log = log
  }

  /** `by` is a name that the client makes up, for its {@link resize}. @throws EngineError `invalid` for a size that is none */
  async attach(terminal: Terminal, call: ApiCall): Promise<void> {
    await call.skipJsonBody()
    const { height, width } = parseSize(call)
    const by = call.query.text('by')
    const connection = hijack(call, RAW_STREAM)
    const output = new ClientOutput(connection, terminal.folder, this.#log)
    const viewer = { output: (data: Buffer) => output.write(data), news: () => undefined, ended: () => output.end() }
    const stay = terminal.join({ viewer, role: 'owner', name: '', size: { rows: height, columns: width } })
    this.#stays.set(by, stay)
    connection.output.once('close', () => {
      if (this.#stays.get(by) === stay) this.#stays.delete(by)
      stay.leave()
    })
    const pump = async () => {
      for await (const chunk of connection.input as AsyncIterable<Buffer>) stay.type(chunk)
      output.end()
    }
    pump().catch((error: unknown) => this.#log.debug('a terminal broke off', { error: messageOf(error) }))
  }

  /** Of one that has gone there is no size to tell, and nobody who would mind. @throws EngineError `invalid` */
  resize(call: ApiCall): void {
    const { height, width } = parseSize(call)
    this.#stays.get(call.param('by'))?.resize({ rows: height, columns: width })
    call.empty(204)
  }
}
