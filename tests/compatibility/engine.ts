import type { Peer } from '../bench/peer.ts'
import type { ApiAnswer } from '../harness/api-request.ts'
import type { Outcome } from '../harness/run.ts'
import { run } from '../harness/run.ts'
import { normalized } from './normalized.ts'

/** The newest version that both engines speak: what a client sees that takes them for equals. */
const COMMON_VERSION = '1.41'

/** One of the two engines, and what a case asks it. Answers come as one line of text in which nothing is left to chance. */
export class Engine {
  readonly #peer: Peer

  constructor(peer: Peer) {
    this.#peer = peer
  }

  get socketPath(): string {
    return this.#peer.socketPath
  }

  /** An interface of the host's that is this engine's alone. */
  get parent(): string {
    return this.#peer.bridge
  }

  /** The first three numbers of addresses that are this engine's alone. @param number 0 to 9 */
  network(number: number): string {
    return `10.214.${(this.#peer.name === 'ours' ? 100 : 150) + number}`
  }

  /** @param path below `/v1.41`, unless it has a version */
  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return this.#peer.api(method, /^\/(v\d|_ping)/.test(path) ? path : `/v${COMMON_VERSION}${path}`, body, headers)
  }

  /** The status, and the message if it is an error. */
  async status(method: string, path: string, body?: unknown): Promise<string> {
    const answer = await this.request(method, path, body)
    return normalized(answer.status >= 400 ? `${answer.status} ${answer.json<{ message: string }>().message}` : `${answer.status}`)
  }

  /** A GET that must succeed. @returns what is at each of the paths, such as `State.Status` */
  async get(path: string, ...wanted: readonly string[]): Promise<string> {
    const answer = await this.request('GET', path)
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.body}`)
    return normalized(JSON.stringify(wanted.map((one) => sorted(at(answer.json(), one)))).slice(1, -1))
  }

  /** A request that must succeed. */
  async must<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request(method, path, body)
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return (answer.body === '' ? undefined : answer.json<T>()) as T
  }

  /** Creates a container of busybox. */
  async create(name: string, body: object = {}): Promise<void> {
    await this.must('POST', `/containers/create?name=${name}`, { Image: 'busybox', Cmd: ['sleep', '1000'], StopSignal: 'SIGKILL', ...body })
  }

  async start(name: string, body: object = {}): Promise<void> {
    await this.create(name, body)
    await this.must('POST', `/containers/${name}/start`)
  }

  /** Runs one to its end. */
  async finish(name: string, body: object): Promise<void> {
    await this.start(name, body)
    await this.must('POST', `/containers/${name}/wait`)
  }

  async remove(name: string): Promise<void> {
    await this.must('DELETE', `/containers/${name}?force=1&v=1`)
  }

  /** The docker CLI. @param line as typed, quotes keep words together; or word by word */
  docker(line: string | readonly string[], { input, version = COMMON_VERSION }: { input?: string | Buffer; version?: string } = {}): Promise<Outcome> {
    const env = { ...this.#peer.env, DOCKER_API_VERSION: version, DOCKER_BUILDKIT: '0' }
    return run('docker', typeof line === 'string' ? words(line) : line, { env, ...(input === undefined ? {} : { input }) })
  }

  /** The exit code of the docker CLI, where its words are its own. */
  async code(line: string): Promise<string> {
    return `exit ${(await this.docker(line)).code}`
  }

  /** What the docker CLI prints, and its exit code if it is not 0. */
  async says(line: string, options: { input?: string | Buffer; version?: string } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.docker(line, options)
    const printed = normalized(`${stdout}${code === 0 ? '' : stderr}`)
    return code === 0 ? printed : `exit ${code}: ${printed}`
  }
}

function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

/** Neither engine promises an order of fields. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

/** `a.b` of an object; `null` where there is nothing. */
function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null)?.[key] ?? null, value)
}
