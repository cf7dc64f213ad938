import { isDeepStrictEqual } from 'node:util'
import { EngineError } from '../errors.ts'
import type { NetworkRepository } from '../state/networks.ts'
import type { Network } from './network.ts'

/** Which networks there are. */
export class NetworkStore {
  readonly #repository: NetworkRepository
  readonly #byName = new Map<string, Network>()

  constructor(repository: NetworkRepository) {
    this.#repository = repository
    for (const text of repository.networks()) {
      const network = JSON.parse(text) as Network // Written by this class.
      this.#byName.set(network.name, network)
    }
  }

  /** Oldest first. */
  all(): Network[] {
    return [...this.#byName.values()]
  }

  named(name: string): Network | undefined {
    return this.#byName.get(name)
  }

  /** By full id, name, or unique prefix of the id. @throws EngineError `invalid` when several fit */
  find(reference: string): Network | undefined {
    const all = this.all()
    const exact = all.find((network) => network.id === reference) ?? this.#byName.get(reference === 'default' ? 'bridge' : reference)
    if (exact || !/^[0-9a-f]+$/.test(reference)) return exact
    const matches = all.filter((network) => network.id.startsWith(reference))
    if (matches.length > 1) throw new EngineError('invalid', `network ${reference} is ambiguous (${matches.length} matches found based on ID prefix)`)
    return matches[0]
  }

  /** @throws EngineError `not-found` */
  get(reference: string): Network {
    const network = this.find(reference)
    if (!network) throw new EngineError('not-found', `network ${reference} not found`)
    return network
  }

  /** Durably. */
  save(network: Network): void {
    if (isDeepStrictEqual(this.#byName.get(network.name), network)) return
    this.#byName.set(network.name, network)
    this.#repository.saveNetwork(network.id, network.name, JSON.stringify(network))
  }

  /** Durably. */
  forget({ id, name }: Network): void {
    this.#byName.delete(name)
    this.#repository.deleteNetwork(id)
  }
}
