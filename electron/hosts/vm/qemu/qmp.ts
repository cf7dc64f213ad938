import { EventEmitter } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Static, type TSchema, Type } from 'typebox'
import { Check } from 'typebox/value'
import { onLines } from '../lines.ts'
import { parseJson } from '../parse-json.ts'

/** A command that QEMU did not carry out, in its own words. */
export class QmpError extends Error {
  override readonly name = 'QmpError'
}

/** QEMU is ending, or has: how is told by the end of its process. */
class MonitorClosedError extends Error {
  override readonly name = 'MonitorClosedError'
  readonly code = 'ECONNRESET'

  constructor() {
    super('QEMU has closed its monitor')
  }
}

/** What we ask of QEMU, and the shape of what it answers. @see https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html */
const COMMANDS = {
  qmp_capabilities: { argument: Type.Object({}), answer: Type.Object({}) },
  'query-name': { argument: Type.Object({}), answer: Type.Object({}) },
  system_powerdown: { argument: Type.Object({}), answer: Type.Object({}) },
  quit: { argument: Type.Object({}), answer: Type.Object({}) },
  stop: { argument: Type.Object({}), answer: Type.Object({}) },
  migrate: { argument: Type.Object({ uri: Type.String() }), answer: Type.Object({}) },
  'migrate-incoming': { argument: Type.Object({ uri: Type.String() }), answer: Type.Object({}) },
  'migrate-set-parameters': { argument: Type.Object({ 'max-bandwidth': Type.Integer() }), answer: Type.Object({}) },
  migrate_cancel: { argument: Type.Object({}), answer: Type.Object({}) },
  'query-migrate': { argument: Type.Object({}), answer: Type.Object({ status: Type.Optional(Type.String()), 'error-desc': Type.Optional(Type.String()) }) },
  'query-status': { argument: Type.Object({}), answer: Type.Object({ status: Type.String() }) },
  cont: { argument: Type.Object({}), answer: Type.Object({}) },
  block_resize: { argument: Type.Object({ device: Type.String(), size: Type.Integer() }), answer: Type.Object({}) },
  /** Of the human's monitor: what it says is its answer, errors included. */
  'human-monitor-command': { argument: Type.Object({ 'command-line': Type.String() }), answer: Type.String() },
} satisfies Record<string, { argument: TSchema; answer: TSchema }>

export type QmpCommand = keyof typeof COMMANDS
export type QmpArgument<C extends QmpCommand> = Static<(typeof COMMANDS)[C]['argument']>
export type QmpAnswer<C extends QmpCommand> = Static<(typeof COMMANDS)[C]['answer']>

const Message = Type.Object({
  QMP: Type.Optional(Type.Unknown()),
  id: Type.Optional(Type.Integer()),
  return: Type.Optional(Type.Unknown()),
  error: Type.Optional(Type.Object({ desc: Type.String() })),
  event: Type.Optional(Type.String()),
})

interface Waiting {
  readonly answered: (answer: unknown) => void
  readonly failed: (error: Error) => void
}

/**
 * A conversation with a QEMU, which talks to one client at a time. Life: {@link QmpClient.connect} → any number of
 * {@link execute}, also side by side → {@link close}. When QEMU ends, what waits for an answer is rejected.
 */
export class QmpClient {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  readonly #events = new EventEmitter<Record<string, []>>()
  readonly #greeted = Promise.withResolvers<void>()
  #nextId = 1
  #end: Error | undefined

  /**
   * @param signal gives up; a QEMU that talks to somebody else greets nobody
   * @throws Error when nobody answers there; the signal's reason
   */
  static async connect(path: string, signal: AbortSignal): Promise<QmpClient> {
    signal.throwIfAborted()
    const client = new QmpClient(path)
    const giveUp = () => client.#finish(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await client.#greeted.promise
      await client.execute('qmp_capabilities', {})
      return client
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  private constructor(path: string) {
    this.#socket = connect(path)
    this.#socket.on('error', (error) => this.#finish(error))
    this.#socket.on('close', () => this.#finish(new MonitorClosedError()))
    onLines(this.#socket, (line) => this.#take(line))
  }

  /** @throws QmpError when QEMU refuses; Error when it is gone, or answers what it never should */
  async execute<C extends QmpCommand>(command: C, argument: QmpArgument<C>): Promise<QmpAnswer<C>> {
    if (this.#end) throw this.#end
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, { answered: resolve, failed: reject })
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: argument, id })}\n`)
    const answer = await promise
    const { answer: schema } = COMMANDS[command]
    if (!Check(schema, answer)) throw new Error(`QEMU answered ${command} with ${JSON.stringify(answer)}`)
    return answer as QmpAnswer<C> // Checked above; the compiler does not follow the table.
  }

  close(): void {
    this.#socket.destroy()
  }

  /** @param name as QEMU calls it, `RESUME` say. Most of what happens is also told by the end of the process, or by an answer. */
  onEvent(name: string, listener: () => void): void {
    this.#events.on(name, listener)
  }

  /** Told when QEMU is gone. */
  onClose(listener: () => void): void {
    this.#socket.once('close', listener)
  }

  #take(line: string): void {
    const message = parseJson(Message, line)
    if (!message) return this.#finish(new Error(`QEMU's monitor said ${JSON.stringify(line.slice(0, 200))}, which is not QMP`))
    if (message.QMP !== undefined) return this.#greeted.resolve()
    if (message.event !== undefined) return void this.#events.emit(message.event)
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id)
    if (message.id !== undefined) this.#waiting.delete(message.id)
    if (message.error) waiting?.failed(new QmpError(message.error.desc))
    else waiting?.answered(message.return)
  }

  #finish(error: Error): void {
    if (this.#end) return
    this.#end = error
    this.#socket.destroy()
    this.#greeted.reject(error)
    for (const { failed } of this.#waiting.values()) failed(error)
    this.#waiting.clear()
  }
}
