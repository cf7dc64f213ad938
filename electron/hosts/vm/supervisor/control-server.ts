import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { messageOf } from '../../../errors.ts'
import { listenPrivately } from '../../listen-privately.ts'
import { PlainError } from '../../plain-error.ts'
import type { ConsoleLog } from '../console-log.ts'
import { type ChosenProxies, ChosenProxiesSchema } from '../follow/proxies.ts'
import { parseJson } from '../parse-json.ts'
import type { VmStatus } from '../status.ts'

/** What can be asked of a supervisor. */
export interface ControlParts {
  readonly status: () => Promise<VmStatus>
  /** Told after each change of the status. */
  readonly onChange: (listener: () => void) => () => void
  readonly console: ConsoleLog
  /** Resolves when the VM is off. */
  readonly stop: () => Promise<void>
  /** Resolves when the VM is off, and what it had in memory on the disk. @throws Error when it cannot be */
  readonly suspend: () => Promise<void>
  /** Has the guest hear what the time is here, and how this computer gets out. */
  readonly tellGuest: () => Promise<void>
  /** Has the guest use these proxies, now and at later starts. */
  readonly setProxies: (proxies: ChosenProxies) => Promise<void>
  /** Makes the data disk larger. @throws Error when it cannot be */
  readonly resize: (sizeBytes: number) => Promise<void>
}

/** For clients that are stopped, or slow. */
const LAST_WORDS_MS = 2_000

/** A client that does not read the console is told no more of it than this at a time. */
const LARGEST_BACKLOG_BYTES = 1024 * 1024

/**
 * The supervisor's own socket, HTTP, for the person who started it alone:
 * `GET /status`, `GET /follow` (one JSON object a line, now and after each change), `GET /console` (lines as they come),
 * `POST /stop` and `POST /suspend` (answer when the VM is off), `POST /awake` (the computer slept: the guest is told the time), `POST /proxies` (JSON), `POST /resize?bytes=N`.
 */
export class ControlServer {
  readonly #parts: ControlParts
  readonly #server: Server
  readonly #streams = new Set<ServerResponse>()
  readonly #telling = new Set<Promise<void>>()

  constructor(parts: ControlParts) {
    this.#parts = parts
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => refuse(response, 500, wordsOf(error)))
    })
  }

  /** @param path taken over from a supervisor that was killed: only its successor, who holds the lock, may call this */
  async listen(path: string): Promise<void> {
    if (!path.startsWith('\\\\')) await rm(path, { force: true })
    await listenPrivately(this.#server, path)
  }

  /** What was told last is sent; then every stream ends. Who does not read it is not waited for long. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    await Promise.all(this.#telling)
    // What has ended counts as idle, though it may not be sent yet: no closeIdleConnections here.
    for (const stream of this.#streams) stream.end()
    const patience = setTimeout(() => this.#server.closeAllConnections(), LAST_WORDS_MS)
    await closed
    clearTimeout(patience)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://vm')
    switch (`${request.method} ${pathname}`) {
      case 'GET /status':
        return void response.end(JSON.stringify(await this.#parts.status()))
      case 'GET /follow':
        return this.#follow(response)
      case 'GET /console':
        return this.#console(response)
      case 'POST /stop':
        await this.#parts.stop()
        return void response.end()
      case 'POST /suspend':
        await this.#parts.suspend()
        return void response.end()
      case 'POST /awake':
        await this.#parts.tellGuest()
        return void response.end()
      case 'POST /proxies': {
        const proxies = parseJson(ChosenProxiesSchema, await text(request))
        if (!proxies) return refuse(response, 400, 'proxies must be an object of http, https and none')
        await this.#parts.setProxies(proxies)
        return void response.end()
      }
      case 'POST /resize': {
        const bytes = Number(searchParams.get('bytes'))
        if (!Number.isSafeInteger(bytes) || bytes <= 0) return refuse(response, 400, 'bytes must be a whole number')
        await this.#parts.resize(bytes)
        return void response.end()
      }
      default:
        return refuse(response, 404, `there is no ${request.method} ${pathname}`)
    }
  }

  /** Changes that come while one is being told are told as one. */
  #follow(response: ServerResponse): void {
    let isTelling = false
    let isBehind = false
    const tell = async () => {
      do {
        isBehind = false
        const line = `${JSON.stringify(await this.#parts.status())}\n`
        if (!response.destroyed) response.write(line)
      } while (isBehind)
    }
    const onChange = () => {
      isBehind = true
      if (isTelling) return
      isTelling = true
      const told = tell()
        .catch(() => void response.destroy())
        .finally(() => {
          isTelling = false
          this.#telling.delete(told)
        })
      this.#telling.add(told)
    }
    this.#stream(response, this.#parts.onChange(onChange))
    onChange()
  }

  #console(response: ServerResponse): void {
    const { console } = this.#parts
    for (const line of console.lastLines) response.write(`${line}\n`)
    let leftOut = 0
    const tell = (line: string) => {
      if (response.writableLength > LARGEST_BACKLOG_BYTES) return void leftOut++
      if (leftOut > 0) response.write(`engineroom: ${leftOut} lines are left out here, as nobody read them\n`)
      leftOut = 0
      response.write(`${line}\n`)
    }
    this.#stream(response, console.follow(tell))
    response.flushHeaders()
  }

  #stream(response: ServerResponse, unsubscribe: () => void): void {
    this.#streams.add(response)
    response.on('close', () => {
      unsubscribe()
      this.#streams.delete(response)
    })
  }
}

/** What to do about it as well. */
function wordsOf(error: unknown): string {
  return [messageOf(error), ...(error instanceof PlainError && error.remedy !== '' ? [`→ ${error.remedy}`] : [])].join('\n')
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy()
  response.statusCode = status
  response.end(message)
}
