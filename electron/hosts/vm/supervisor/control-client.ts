import { type IncomingMessage, request } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { Check } from 'typebox/value'
import type { ChosenProxies } from '../follow/proxies.ts'
import { isNobodyThere } from '../nobody-there.ts'
import { type VmStatus, VmStatusSchema } from '../status.ts'

/** Asks a supervisor over its socket. Every method returns undefined, or ends, when no supervisor is there. */
export class ControlClient {
  readonly #socketPath: string

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  async status(): Promise<VmStatus | undefined> {
    const response = await this.#ask('GET', '/status')
    if (!response) return undefined
    for await (const line of linesOf(response)) return parsed(line)
    return undefined
  }

  /** The status now and after each change, until the supervisor ends. @throws the signal's reason */
  async *follow(signal?: AbortSignal): AsyncGenerator<VmStatus> {
    const response = await this.#ask('GET', '/follow', { signal })
    if (response) for await (const line of linesOf(response)) yield parsed(line)
  }

  /** Lines of the serial console, the last ones first, until the supervisor ends. */
  async *console(): AsyncGenerator<string> {
    const response = await this.#ask('GET', '/console')
    if (response) yield* linesOf(response)
  }

  /** Resolves when the VM is off. @returns false when there was no supervisor */
  async stop(): Promise<boolean> {
    const response = await this.#ask('POST', '/stop')
    response?.resume()
    return response !== undefined
  }

  /** Resolves when the VM is off, and can go on from there. @returns false when there was no supervisor. @throws Error with why it cannot be */
  async suspend(): Promise<boolean> {
    const response = await this.#ask('POST', '/suspend')
    response?.resume()
    return response !== undefined
  }

  /** Has the guest hear what the time is here, as after a sleep. @returns false when there was no supervisor */
  async awake(): Promise<boolean> {
    const response = await this.#ask('POST', '/awake')
    response?.resume()
    return response !== undefined
  }

  /** Has the guest use these proxies, now and at later starts. @returns false when there was no supervisor */
  async setProxies(proxies: ChosenProxies): Promise<boolean> {
    const response = await this.#ask('POST', '/proxies', { body: JSON.stringify(proxies) })
    response?.resume()
    return response !== undefined
  }

  /** @returns false when there is no supervisor. @throws Error with what it said against it */
  async resize(sizeBytes: number): Promise<boolean> {
    const response = await this.#ask('POST', `/resize?bytes=${sizeBytes}`)
    response?.resume()
    return response !== undefined
  }

  /** @throws Error with what the supervisor said when it refused */
  async #ask(method: string, path: string, { signal, body }: { signal?: AbortSignal | undefined; body?: string } = {}): Promise<IncomingMessage | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage | undefined>()
    const outgoing = request({ socketPath: this.#socketPath, method, path, agent: false, headers: { Host: 'vm' }, signal }, resolve)
    outgoing.on('error', (error) => (isNobodyThere(error) ? resolve(undefined) : reject(error)))
    outgoing.end(body)
    const response = await promise
    if (response && response.statusCode !== 200) throw new Error(await text(response))
    return response
  }
}

/** A supervisor that is killed ends its streams in the middle: an end like any other. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: response })
  } catch (error) {
    if (!isNobodyThere(error)) throw error
  }
}

function parsed(line: string): VmStatus {
  const status: unknown = JSON.parse(line)
  if (!Check(VmStatusSchema, status)) throw new Error(`the supervisor of the VM, perhaps another version, said ${line.slice(0, 200)}`)
  return status
}
