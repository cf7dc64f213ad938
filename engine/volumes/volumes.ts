import { randomBytes, randomUUID } from 'node:crypto'
import { renameSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, hasCode } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import { directorySize } from '../linux/directory-size.ts'
import { topMountsBelow, unmount } from '../linux/overlay.ts'
import type { VolumeRepository } from '../state/volumes.ts'
import { checkDriverOptions, mountSourceOf } from './driver-options.ts'
import type { MountPoint } from './mount.ts'
import { ANONYMOUS_LABEL, checkVolumeName, isAnonymous, type Volume } from './volume.ts'
import { VolumeMounts } from './volume-mounts.ts'

/** Which containers, running or not, have a volume. */
export interface VolumeUsage {
  containersUsing(volume: string): readonly string[]
  /** Those of them whose process runs. */
  containersRunningWith(volume: string): readonly string[]
}

interface CreateRequest {
  readonly name: string
  readonly driver?: string
  readonly labels?: Readonly<Record<string, string>> | null
  readonly options?: Record<string, string> | null
}

export interface HeldVolume extends AsyncDisposable {
  readonly path: string
}

interface Reservation {
  readonly names: string[]
  readonly remember: (name: string) => Promise<void>
}

/** The volumes of this daemon: each a folder `<root>/<name>/_data` and a row. */
export class Volumes {
  readonly #root: string
  readonly #repository: VolumeRepository
  readonly #events: EventBus
  readonly #usage: VolumeUsage
  readonly #volumes = new Map<string, Volume>()
  /** Under way: two requests for one name make one volume. */
  readonly #creating = new Map<string, Promise<Volume>>()
  /** By container that is being made. */
  readonly #reserved = new Map<string, Reservation>()
  readonly #mounts = new VolumeMounts()

  constructor(parts: { root: string; repository: VolumeRepository; events: EventBus; usage: VolumeUsage }) {
    this.#root = parts.root
    this.#repository = parts.repository
    this.#events = parts.events
    this.#usage = parts.usage
    for (const text of parts.repository.all()) {
      const volume = JSON.parse(text) as Volume // Written by this class.
      this.#volumes.set(volume.name, volume)
    }
  }

  /** Removes folders that have no row: a creation or a removal was cut off there. Mounts that no process needs go before. */
  async reconcile(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o701 })
    const running = this.all().map(({ name }) => [this.mountpoint(name), this.#usage.containersRunningWith(name)] as const)
    await this.#mounts.reconcile(this.#root, new Map(running))
    for (const name of await readdir(this.#root)) {
      if (!this.#volumes.has(name)) await removeFolder(join(this.#root, name))
    }
    for (const name of this.#volumes.keys()) await mkdir(this.mountpoint(name), { recursive: true })
  }

  all(): Volume[] {
    return [...this.#volumes.values()]
  }

  mountpoint(name: string): string {
    return join(this.#root, name, '_data')
  }

  /** The containers that have it, those that are being made among them. */
  usersOf(name: string): readonly string[] {
    const reserved = [...this.#reserved].flatMap(([containerId, { names }]) => (names.includes(name) ? [containerId] : []))
    return [...new Set([...this.#usage.containersUsing(name), ...reserved])]
  }

  /** @throws EngineError `not-found` */
  get(name: string): Volume {
    const volume = this.#volumes.get(name)
    if (!volume) throw new EngineError('not-found', `get ${name}: no such volume`)
    return volume
  }

  /**
   * Makes a volume; one that exists is returned as it is.
   * @throws EngineError `invalid`, `not-found` for an unknown driver
   * @see Engine API 1.51 VolumeCreate
   */
  async create(request: CreateRequest): Promise<Volume> {
    return (await this.#ensure(request.name || newName(), request)).volume
  }

  /**
   * Makes a volume that has everything in it from the first: there is none before `fill` has written it, nor when the
   * engine is killed meanwhile, or it fails.
   * @param fill is given its folder
   * @throws EngineError `invalid`, `conflict` when there is one of the name; what `fill` throws
   */
  async createFilled(name: string, labels: Readonly<Record<string, string>> | null, fill: (folder: string) => Promise<void>): Promise<Volume> {
    const { volume, isNew } = await this.#ensure(name, { name, labels }, fill)
    if (!isNew) throw new EngineError('conflict', `create ${name}: there is a volume of this name`)
    return volume
  }

  /**
   * Keeps the volumes that {@link obtain} gives to a container that is being made, until disposed of: then the container
   * either is there and has them itself, or never will be.
   * @param remember is told the name of each volume that is made for nobody else, before it is: if the daemon is killed in
   *   between, nobody else will ever know it
   */
  reserveFor(containerId: string, remember: (name: string) => Promise<void>): Disposable {
    this.#reserved.set(containerId, { names: [], remember })
    return { [Symbol.dispose]: () => void this.#reserved.delete(containerId) }
  }

  /** A volume for a container that is being made, new if there is none of the name. @throws as {@link create} does */
  async obtain(request: CreateRequest, containerId: string): Promise<{ volume: Volume; isNew: boolean }> {
    const name = request.name || newName()
    const reservation = this.#reserved.get(containerId)
    reservation?.names.push(name)
    if (request.name === '') await reservation?.remember(name)
    return this.#ensure(name, request)
  }

  async #ensure(name: string, request: CreateRequest, fill?: (folder: string) => Promise<void>): Promise<{ volume: Volume; isNew: boolean }> {
    const driver = request.driver || 'local'
    if (driver !== 'local') throw new EngineError('not-found', `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`)
    checkVolumeName(name)
    const existing = this.#volumes.get(name) ?? (await this.#creating.get(name))
    if (existing) return { volume: existing, isNew: false }
    checkDriverOptions(name, request.options ?? {})
    const labels = request.name === '' ? { ...request.labels, [ANONYMOUS_LABEL]: '' } : (request.labels ?? null)
    const making = this.#make({ name, createdAt: new Date().toISOString(), labels, options: request.options ?? null }, fill)
    this.#creating.set(name, making)
    try {
      return { volume: await making, isNew: true }
    } finally {
      this.#creating.delete(name)
    }
  }

  /** The row comes last: a folder without one is swept at start, a row without a folder would be a lost volume. */
  async #make(volume: Volume, fill?: (folder: string) => Promise<void>): Promise<Volume> {
    const { name } = volume
    try {
      await mkdir(this.mountpoint(name), { recursive: true })
      await fill?.(this.mountpoint(name))
      this.#repository.insert(name, JSON.stringify(volume))
    } catch (error) {
      await removeFolder(join(this.#root, name))
      throw error
    }
    this.#volumes.set(name, volume)
    this.#events.publish('volume', 'create', name, { driver: 'local' })
    return volume
  }

  /** @throws EngineError `not-found` (unless forced), `conflict` when a container has it */
  async remove(name: string, isForced: boolean): Promise<void> {
    if (isForced && !this.#volumes.has(name)) return
    this.get(name)
    const users = this.usersOf(name)
    if (users.length > 0) throw new EngineError('conflict', `remove ${name}: volume is in use - [${users.join(', ')}]`)
    await this.discard(name)
  }

  /**
   * Removes a volume whoever has it. The row goes first, then its folder out of the way of a new volume of that name; what
   * a crash leaves of it goes at the next start.
   */
  async discard(name: string): Promise<void> {
    this.#repository.delete(name)
    this.#volumes.delete(name)
    await removeFolder(this.#moveAside(name))
    this.#events.publish('volume', 'destroy', name, { driver: 'local' })
  }

  /** At once: nobody may make a volume of the name meanwhile. */
  #moveAside(name: string): string {
    const aside = join(this.#root, `.removed-${randomUUID()}`)
    try {
      renameSync(join(this.#root, name), aside)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error // Somebody removed it by hand.
    }
    return aside
  }

  /** Removes unused volumes that `isWanted` accepts. */
  async prune(isWanted: (volume: Volume) => boolean): Promise<{ removed: string[]; reclaimedBytes: number }> {
    const removed: string[] = []
    let reclaimedBytes = 0
    for (const { name } of this.all().filter(isWanted)) {
      if (this.usersOf(name).length > 0) continue
      const sizeBytes = await directorySize(this.mountpoint(name))
      // Counting took its time: somebody may have taken or removed it.
      if (this.usersOf(name).length > 0 || !this.#volumes.has(name)) continue
      await this.discard(name)
      removed.push(name)
      reclaimedBytes += sizeBytes
    }
    this.#events.publish('volume', 'prune', '', { reclaimed: String(reclaimedBytes) })
    return { removed, reclaimedBytes }
  }

  /** Bytes in a volume. */
  sizeOf(name: string): Promise<number> {
    return directorySize(this.mountpoint(name))
  }

  /**
   * Mounts what the driver options of a container's volumes say, until {@link unmountFor}.
   * @throws EngineError `system`
   */
  async mountFor(holder: string, mounts: readonly MountPoint[]): Promise<void> {
    for (const name of namesOf(mounts)) {
      const source = mountSourceOf(this.#volumes.get(name)?.options ?? null)
      if (source) await this.#mounts.hold(this.mountpoint(name), source, holder)
    }
  }

  /** The holder needs none of them any more. Idempotent. */
  async unmountFor(holder: string, mounts: readonly MountPoint[]): Promise<void> {
    for (const name of namesOf(mounts)) await this.#mounts.release(this.mountpoint(name), holder)
  }

  /**
   * Its folder with what its driver options mount there, until disposed of. Does not keep it from being removed.
   * @throws EngineError `not-found`, `system`
   */
  async hold(name: string): Promise<HeldVolume> {
    const source = mountSourceOf(this.get(name).options)
    const path = this.mountpoint(name)
    const holder = randomUUID()
    if (source) await this.#mounts.hold(path, source, holder)
    return { path, [Symbol.asyncDispose]: () => this.#mounts.release(path, holder) }
  }

  announceMount(mount: MountPoint, containerId: string): void {
    if (mount.type !== 'volume' || mount.name === undefined) return
    const { destination, rw, propagation } = mount
    const attributes = { driver: 'local', container: containerId, destination, 'read/write': String(rw), propagation }
    this.#events.publish('volume', 'mount', mount.name, attributes)
  }

  announceUnmount(mount: MountPoint, containerId: string): void {
    if (mount.type === 'volume' && mount.name !== undefined) this.#events.publish('volume', 'unmount', mount.name, { driver: 'local', container: containerId })
  }

  /** Removes the volumes of a container whose making was cut off, unless somebody has them. */
  async removeForgotten(names: readonly string[]): Promise<void> {
    for (const name of names) if (this.#volumes.has(name) && this.usersOf(name).length === 0) await this.discard(name)
  }

  /** For `rm -v`: the container's anonymous volumes that nobody else has. */
  async removeAnonymous(mounts: readonly MountPoint[]): Promise<void> {
    for (const name of namesOf(mounts)) {
      const volume = this.#volumes.get(name)
      if (volume && isAnonymous(volume) && this.usersOf(volume.name).length === 0) await this.discard(volume.name)
    }
  }
}

function newName(): string {
  return randomBytes(32).toString('hex')
}

function namesOf(mounts: readonly MountPoint[]): string[] {
  return [...new Set(mounts.flatMap(({ type, name }) => (type === 'volume' ? (name ?? []) : [])))]
}

/** What is mounted inside goes first: it is not ours, and removing would go on into it. */
async function removeFolder(path: string): Promise<void> {
  for (const mounted of await topMountsBelow(path)) await unmount(mounted)
  await rm(path, { recursive: true, force: true })
}
