import { EngineError, hasCode, messageOf } from '../errors.ts'
import type { Digest } from '../images/digest.ts'
import type { BlobNeighbour, Place } from '../images/registry/neighbour.ts'
import { isLoopback } from '../linux/loopback.ts'
import { Lock } from '../lock.ts'
import type { Log } from '../log.ts'
import { type Address, addressText, parseAddress } from '../registry-server/address.ts'
import type { LocalRegistryRepository } from '../state/local-registry.ts'
import { namesOf } from './names.ts'
import type { RunningRegistry } from './run.ts'

export interface LocalRegistryParts {
  /** Its data, in the data root, so that blobs can be shared with the content store. */
  readonly folder: string
  readonly repository: LocalRegistryRepository
  readonly log: Log
}

export interface LocalRegistryStatus {
  /** Whether it is wanted; it listens, too, unless there is a `failure`. */
  readonly isOn: boolean
  /** Where it listens, or, when it is off, would. */
  readonly address: string
  /** Why it is wanted and does not listen. */
  readonly failure?: string
}

export const DEFAULT_ADDRESS = '127.0.0.1:5000'

/**
 * The registry that the engine runs itself, in its own process, while somebody wants it. The wish outlives the engine;
 * its images outlive the wish.
 * @see docs/decisions/0021-local-registry.md
 */
export class LocalRegistry implements BlobNeighbour {
  readonly folder: string
  readonly #repository: LocalRegistryRepository
  readonly #log: Log
  readonly #turn = new Lock()
  #running: RunningRegistry | undefined
  #names: ReadonlySet<string> = new Set()
  #failure: string | undefined

  constructor({ folder, repository, log }: LocalRegistryParts) {
    this.folder = folder
    this.#repository = repository
    this.#log = log
  }

  /** Takes up the wish of before, at the start of the engine, which goes on without it if it must. */
  async reconcile(): Promise<void> {
    await this.#turn.run(async () => {
      const wanted = this.#repository.address()
      if (wanted !== undefined) await this.#resume(wanted)
    })
  }

  status(): LocalRegistryStatus {
    const wanted = this.#repository.address()
    return { isOn: wanted !== undefined, address: wanted ?? DEFAULT_ADDRESS, ...(this.#failure !== undefined && { failure: this.#failure }) }
  }

  /**
   * Lets it listen, or listen elsewhere. Idempotent. When that fails, it is as before.
   * @param text `HOST:PORT`, `:PORT` for every address of this machine, or undefined for where it is, or {@link DEFAULT_ADDRESS}
   * @throws EngineError `invalid` for an address that is none, `conflict` for one that is taken
   */
  async turnOn(text: string | undefined): Promise<void> {
    await this.#turn.run(async () => {
      const address = parseAddress(text ?? this.status().address)
      const before = this.#running
      if (before && addressText(before.address) === addressText(address)) return
      await using undo = new AsyncDisposableStack()
      // On another host, too, it may stand in the way of itself: every address of this machine is one of them.
      if (before?.address.port === address.port) {
        undo.defer(() => this.#resume(addressText(before.address)))
        await this.#end()
      }
      const running = undo.use(await this.#start(address))
      this.#repository.put(addressText(running.address))
      undo.move()
      const ending = this.#running
      this.#take(running)
      await ending?.[Symbol.asyncDispose]()
    })
  }

  /** Its images stay. Idempotent. */
  async turnOff(): Promise<void> {
    await this.#turn.run(async () => {
      this.#repository.delete()
      this.#failure = undefined
      await this.#end()
    })
  }

  /** At the end of the engine; the wish stays. */
  async stop(): Promise<void> {
    await this.#turn.run(() => this.#end())
  }

  isAt(place: Place): boolean {
    return this.#at(place) !== undefined
  }

  async give(place: Place, digest: Digest, path: string): Promise<boolean> {
    return (await this.#at(place)?.give(place, digest, path)) ?? false
  }

  async lend(place: Place, digest: Digest): Promise<string | undefined> {
    return this.#at(place)?.lend(place, digest)
  }

  #at({ host }: Place): RunningRegistry['blobs'] | undefined {
    return this.#names.has(host) ? this.#running?.blobs : undefined
  }

  async #resume(wanted: string): Promise<void> {
    try {
      this.#take(await this.#start(parseAddress(wanted)))
    } catch (error) {
      this.#failure = messageOf(error)
      this.#log.error('the local registry cannot run', { address: wanted, error: this.#failure })
    }
  }

  /** @throws EngineError `conflict` for an address that is taken, `invalid` for one that is not of this machine */
  async #start(address: Address): Promise<RunningRegistry> {
    const { runRegistry } = await import('./run.ts')
    return runRegistry(this.folder, address, this.#log).catch((error: unknown) => {
      throw refusal(address, error)
    })
  }

  #take(running: RunningRegistry): void {
    this.#running = running
    this.#names = namesOf(running.address)
    this.#failure = undefined
    if (!isLoopback(running.address.host))
      this.#log.warn('the local registry is open to other machines, which may push and delete', { address: addressText(running.address) })
  }

  async #end(): Promise<void> {
    const ending = this.#running
    this.#running = undefined
    this.#names = new Set()
    await ending?.[Symbol.asyncDispose]()
  }
}

function refusal(address: Address, error: unknown): EngineError {
  if (hasCode(error, 'EADDRINUSE')) return new EngineError('conflict', `the registry cannot listen on ${addressText(address)}: address already in use`)
  if (hasCode(error, 'EADDRNOTAVAIL', 'ENOTFOUND'))
    return new EngineError('invalid', `the registry cannot listen on ${addressText(address)}: no such address on this machine`)
  return new EngineError('system', `the registry cannot run: ${messageOf(error)}`, { cause: error })
}
