import { randomBytes } from 'node:crypto'
import { EngineError } from '../errors.ts'
import type { ContainerRepository } from '../state/containers.ts'
import { Container, type ContainerId, type ContainerSpec } from './container.ts'
import { type ContainerEvent, type ContainerState, transition } from './state.ts'

/**
 * All containers, in memory for reading and in the database for keeping. The only writer of a container's state.
 */
export class ContainerStore {
  readonly #repository: ContainerRepository
  readonly #byId = new Map<string, Container>()
  readonly #byName = new Map<string, Container>()
  /** Names promised to a create that is still under way. */
  readonly #reservedNames = new Map<string, string>()

  constructor(repository: ContainerRepository) {
    this.#repository = repository
    for (const row of repository.all()) {
      // Written by this class, so its shape is known.
      this.#remember(new Container(JSON.parse(row.spec) as ContainerSpec, JSON.parse(row.state) as ContainerState))
    }
  }

  /** Newest first, as docker lists them. */
  all(): Container[] {
    return [...this.#byId.values()].reverse()
  }

  find(id: string): Container | undefined {
    return this.#byId.get(id)
  }

  /**
   * A container by full id, name, or unique prefix of its id.
   * @throws EngineError `not-found`, or `invalid` when several fit
   */
  get(reference: string): Container {
    if (reference === '') throw new EngineError('invalid', 'invalid name or ID supplied: ""')
    const found = this.lookUp(reference)
    if (!found) throw new EngineError('not-found', `No such container: ${reference}`)
    return found
  }

  /** Like {@link get}, but absence is an answer. @throws EngineError `invalid` when several fit */
  lookUp(reference: string): Container | undefined {
    const exact = this.#byId.get(reference) ?? this.#byName.get(reference.replace(/^\//, ''))
    if (exact || !/^[0-9a-f]+$/.test(reference)) return exact
    const matches = [...this.#byId.values()].filter((container) => container.id.startsWith(reference))
    if (matches.length > 1) throw new EngineError('invalid', `multiple IDs found with provided prefix: ${reference}`)
    return matches[0]
  }

  /** A new random id; never all digits in its first twelve, because it may become a host name. */
  newId(): ContainerId {
    for (;;) {
      const id = randomBytes(32).toString('hex')
      if (/[a-f]/.test(id.slice(0, 12)) && !this.#byId.has(id)) return id as ContainerId
    }
  }

  isNameTaken(name: string): boolean {
    return this.#byName.has(name) || this.#reservedNames.has(name)
  }

  /**
   * Promises a name to the create (or rename) of `id` until the promise is disposed of.
   * @throws EngineError `conflict` when it is taken
   */
  reserveName(name: string, id: string): Disposable {
    const owner = this.#byName.get(name)?.id ?? this.#reservedNames.get(name)
    if (owner !== undefined) {
      throw new EngineError(
        'conflict',
        `Conflict. The container name "/${name}" is already in use by container "${owner}". You have to remove (or rename) that container to be able to reuse that name.`,
      )
    }
    this.#reservedNames.set(name, id)
    return { [Symbol.dispose]: () => this.#reservedNames.delete(name) }
  }

  /** Makes a container exist, durably. */
  add(spec: ContainerSpec): Container {
    const container = new Container(spec, { status: 'created' })
    const { id, name, createdAt, imageId } = spec
    this.#repository.insert({ id, name, createdAt, imageId, spec: JSON.stringify(spec), state: JSON.stringify(container.state), runtime: null })
    this.#remember(container)
    return container
  }

  /** Moves a container to its next state. What the client asked for is durable at once; the rest, reconcile can find again. */
  apply(container: Container, event: ContainerEvent): void {
    const next = transition(container.state, event)
    const text = JSON.stringify(next)
    if (event.type === 'removal-started') this.#repository.updateIntent(container.id, text, null)
    else this.#repository.updateFact(container.id, text, null)
    container.state = next
  }

  /** Keeps a changed spec, durably. */
  saveSpec(container: Container): void {
    this.#repository.updateSpec(container.id, container.name, JSON.stringify(container.spec))
  }

  /** Keeps a spec whose counters changed; a power cut may set them back. */
  saveSpecFact(container: Container): void {
    this.#repository.updateSpecFact(container.id, container.name, JSON.stringify(container.spec))
  }

  rename(container: Container, name: string): void {
    const before = container.spec.name
    container.spec.name = name
    this.saveSpec(container)
    this.#byName.delete(before)
    this.#byName.set(name, container)
  }

  forget(container: Container): void {
    this.#repository.delete(container.id)
    this.#byId.delete(container.id)
    this.#byName.delete(container.name)
  }

  #remember(container: Container): void {
    this.#byId.set(container.id, container)
    this.#byName.set(container.name, container)
  }
}
