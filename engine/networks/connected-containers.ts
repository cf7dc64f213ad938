import type { NetworkRepository } from '../state/networks.ts'
import type { Endpoint, SandboxRecord, SandboxRequest } from './sandbox.ts'

/** A running container, what it asked for, and what it has. */
export interface Connected {
  readonly request: SandboxRequest
  readonly record: SandboxRecord
}

/** Who is where: in memory for reading, in the database for the next start. */
export class ConnectedContainers {
  readonly #repository: NetworkRepository
  readonly #byId = new Map<string, Connected>()

  constructor(repository: NetworkRepository) {
    this.#repository = repository
  }

  get(containerId: string): Connected | undefined {
    return this.#byId.get(containerId)
  }

  all(): Connected[] {
    return [...this.#byId.values()]
  }

  membersOf(networkId: string): { request: SandboxRequest; endpoint: Endpoint }[] {
    return this.all().flatMap(({ request, record }) => record.endpoints.filter((one) => one.networkId === networkId).map((endpoint) => ({ request, endpoint })))
  }

  remember(request: SandboxRequest, record: SandboxRecord): Connected {
    const connected = { request, record }
    this.#byId.set(request.containerId, connected)
    this.#repository.saveSandbox(request.containerId, JSON.stringify(record))
    return connected
  }

  /** What a container asks for has changed, and nothing that is stored here: its name. */
  rename(request: SandboxRequest): void {
    const connected = this.#byId.get(request.containerId)
    if (connected) this.#byId.set(request.containerId, { ...connected, request })
  }

  forget(containerId: string): void {
    this.#byId.delete(containerId)
    this.#repository.deleteSandbox(containerId)
  }

  /** As an earlier daemon left them. */
  stored(): Map<string, SandboxRecord> {
    return new Map(this.#repository.sandboxes().map(({ containerId, spec }) => [containerId, JSON.parse(spec) as SandboxRecord])) // Written by this class.
  }
}
