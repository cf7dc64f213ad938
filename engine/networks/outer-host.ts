import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { PublishedPort } from './ports.ts'

/** A published port, and the port of this machine's that the outer host leads it to. */
export interface OuterPort extends Pick<PublishedPort, 'protocol' | 'hostIp' | 'hostPort'> {
  readonly innerPort: number
}

/** A connection that the outer host has opened to us. */
export interface OuterChannel {
  readonly input: Readable
  readonly output: Writable
  close(): void
}

/** Without `code`, done; otherwise Node's code for why not, e.g. `EADDRINUSE`, and what a person can do about it. */
const Answer = Type.Object({ id: Type.Integer(), code: Type.Optional(Type.String()), remedy: Type.Optional(Type.String()) })
type Answer = Static<typeof Answer>

/** A bind takes milliseconds; who does not answer has other troubles. */
const ANSWER_DEADLINE_MS = 20_000

/** Why a port could not be had, with the code that a bind of our own would have failed with. */
export class OuterHostError extends Error {
  readonly code: string
  readonly remedy: string | undefined

  constructor(code: string, remedy?: string) {
    super(remedy === undefined ? code : `${code}: ${remedy}`)
    this.code = code
    this.remedy = remedy
  }
}

/**
 * The computer around the virtual machine that this daemon runs in. What containers publish is published there: it
 * opens a channel to us, on which we ask for ports, a JSON object a line, `{"id", "op": "hold" | "release", …OuterPort}`,
 * and it answers `{"id"}` or `{"id", "code", "remedy"}`. While there is no channel, nobody reaches us from there either: ports are
 * noted, and asked for when there is one.
 */
export class OuterHost {
  readonly #log: Log
  readonly #held = new Set<OuterPort>()
  readonly #waiting = new Map<number, (answer: Omit<Answer, 'id'>) => void>()
  #channel: OuterChannel | undefined
  #nextId = 1

  constructor(log: Log) {
    this.#log = log
  }

  /** Takes a channel in place of the one before, and asks on it for all that is held. */
  attach(channel: OuterChannel): void {
    this.#lose()
    this.#channel = channel
    const lines = createInterface({ input: channel.input })
    lines.on('line', (line) => this.#take(line))
    const gone = () => {
      if (this.#channel === channel) this.#lose()
    }
    lines.on('close', gone)
    lines.on('error', gone) // The input's own: readline tells it again.
    channel.input.on('error', gone)
    channel.output.on('error', gone)
    for (const port of this.#held) this.#holdAgain(port)
  }

  /** @returns what gives it back. @throws an error with the code of the bind that failed on the outer host */
  async hold(port: OuterPort): Promise<() => Promise<void>> {
    await this.#ask('hold', port)
    this.#held.add(port)
    return async () => {
      this.#held.delete(port)
      // A host that has lost us has let go of all our ports.
      await this.#ask('release', port).catch((error: unknown) => this.#log.debug('a published port was not given back', { error: messageOf(error) }))
    }
  }

  #holdAgain(port: OuterPort): void {
    this.#ask('hold', port).catch((error: unknown) =>
      this.#log.warn('a published port could not be taken again on the host', { port: `${port.hostIp}:${port.hostPort}`, error: messageOf(error) }),
    )
  }

  async #ask(op: 'hold' | 'release', port: OuterPort): Promise<void> {
    const channel = this.#channel
    if (!channel) return
    const id = this.#nextId++
    const { promise, resolve } = Promise.withResolvers<Omit<Answer, 'id'>>()
    const timer = setTimeout(() => resolve({ code: 'ETIMEDOUT' }), ANSWER_DEADLINE_MS)
    this.#waiting.set(id, resolve)
    channel.output.write(`${JSON.stringify({ id, op, ...port })}\n`)
    const { code, remedy } = await promise
    clearTimeout(timer)
    this.#waiting.delete(id)
    if (code !== undefined) throw new OuterHostError(code, remedy)
  }

  #take(line: string): void {
    const answer = parsed(line)
    if (answer) this.#waiting.get(answer.id)?.(answer)
    else this.#lose()
  }

  /** Who waits for an answer gets none. */
  #lose(): void {
    const channel = this.#channel
    this.#channel = undefined
    channel?.close()
    for (const answered of this.#waiting.values()) answered({ code: 'ECONNRESET' })
  }
}

/** @returns undefined for what is no answer */
function parsed(line: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(line)
    return Check(Answer, answer) ? answer : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
