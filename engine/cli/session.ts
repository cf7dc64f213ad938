import { ApiClient } from './api-client.ts'
import { DockerConfig } from './docker-config.ts'
import { type ConnectionFlags, resolveEndpoint } from './host.ts'

/** The global flags, as given on the command line. */
export interface GlobalFlags extends ConnectionFlags {
  readonly config?: string
}

/** What every command works with. The connection and the settings are looked up when first needed. */
export class Session {
  readonly input = process.stdin
  readonly output = process.stdout
  readonly errors = process.stderr
  readonly #flags: GlobalFlags
  #client: ApiClient | undefined
  #config: DockerConfig | undefined

  constructor(flags: GlobalFlags) {
    this.#flags = flags
  }

  get client(): ApiClient {
    this.#client ??= new ApiClient(resolveEndpoint(this.#flags))
    return this.#client
  }

  get config(): DockerConfig {
    this.#config ??= DockerConfig.read(this.#flags.config)
    return this.#config
  }

  /** A line for programs and people: standard output. */
  print(line: string): void {
    this.output.write(`${line}\n`)
  }

  /** A line for people only: standard error. */
  say(line: string): void {
    this.errors.write(`${line}\n`)
  }
}
