import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, hasCode } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import { copyTree } from '../linux/copy-tree.ts'
import { directorySize } from '../linux/directory-size.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import type { VolumeRepository } from '../state/volumes.ts'
import { type Bind, cleanPath, type MountPoint, parseBind } from './mount.ts'
import type { MountRequest } from './mount-request.ts'
import { ANONYMOUS_LABEL, checkVolumeName, isAnonymous, type Volume } from './volume.ts'

/** Which containers, running or not, have a volume. */
export interface VolumeUsage {
  containersUsing(volume: string): readonly string[]
}

export interface PrepareRequest {
  readonly containerId: string
  readonly binds: readonly string[]
  readonly mounts: readonly MountRequest[]
  readonly tmpfs: Readonly<Record<string, string>>
  /** Paths that the image or the client declared as volumes. */
  readonly imageVolumes: readonly string[]
  readonly volumesFrom: readonly { readonly containerId: string; readonly mounts: readonly MountPoint[]; readonly mode: string }[]
  readonly volumeDriver: string
  /** A readable view of the image's files, for the first content of a volume. */
  readonly withImageRoot: <T>(use: (root: string) => Promise<T>) => Promise<T>
}

interface Wanted {
  readonly mount: MountPoint
  readonly copiesContent: boolean
  readonly isNew: boolean
}

/** The volumes of this daemon: each a folder `<root>/<name>/_data` and a row. */
export class Volumes {
  readonly #root: string
  readonly #repository: VolumeRepository
  readonly #events: EventBus
  readonly #usage: VolumeUsage
  readonly #volumes = new Map<string, Volume>()

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

  /** Removes folders that have no row: a creation or a removal was cut off there. */
  async reconcile(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o701 })
    for (const name of await readdir(this.#root)) {
      if (!this.#volumes.has(name)) await rm(join(this.#root, name), { recursive: true, force: true })
    }
    for (const name of this.#volumes.keys()) await mkdir(this.mountpoint(name), { recursive: true })
  }

  all(): Volume[] {
    return [...this.#volumes.values()]
  }

  mountpoint(name: string): string {
    return join(this.#root, name, '_data')
  }

  usersOf(name: string): readonly string[] {
    return this.#usage.containersUsing(name)
  }

  /** @throws EngineError `not-found` */
  get(name: string): Volume {
    const volume = this.#volumes.get(name)
    if (!volume) throw new EngineError('not-found', `get ${name}: no such volume`)
    return volume
  }

  /**
   * Makes a volume; one that exists is returned as it is.
   * @throws EngineError `invalid`, `not-found` for an unknown driver, `not-implemented` for driver options
   * @see Engine API 1.51 VolumeCreate
   */
  async create(request: { name: string; driver?: string; labels?: Record<string, string> | null; options?: Record<string, string> | null }): Promise<Volume> {
    const driver = request.driver || 'local'
    const name = request.name || randomBytes(32).toString('hex')
    if (driver !== 'local') throw new EngineError('not-found', `create ${name}: error looking up volume plugin ${driver}: plugin "${driver}" not found`)
    checkVolumeName(name)
    const existing = this.#volumes.get(name)
    if (existing) return existing
    refuseOptions(name, request.options ?? {})
    const labels = request.name === '' ? { ...request.labels, [ANONYMOUS_LABEL]: '' } : (request.labels ?? null)
    const volume: Volume = { name, createdAt: new Date().toISOString(), labels, options: request.options ?? null }
    await this.#store(volume)
    this.#volumes.set(name, volume)
    this.#events.publish('volume', 'create', name, { driver: 'local' })
    return volume
  }

  /** The row comes last: a folder without one is swept at start, a row without a folder would be a lost volume. */
  async #store(volume: Volume): Promise<void> {
    try {
      await mkdir(this.mountpoint(volume.name), { recursive: true })
      this.#repository.insert(volume.name, JSON.stringify(volume))
    } catch (error) {
      await rm(join(this.#root, volume.name), { recursive: true, force: true })
      throw error
    }
  }

  /** @throws EngineError `not-found` (unless forced), `conflict` when a container has it */
  async remove(name: string, isForced: boolean): Promise<void> {
    if (isForced && !this.#volumes.has(name)) return
    this.get(name)
    const users = this.#usage.containersUsing(name)
    if (users.length > 0) throw new EngineError('conflict', `remove ${name}: volume is in use - [${users.join(', ')}]`)
    this.#repository.delete(name)
    this.#volumes.delete(name)
    await rm(join(this.#root, name), { recursive: true, force: true })
    this.#events.publish('volume', 'destroy', name, { driver: 'local' })
  }

  /** Removes unused volumes that `isWanted` accepts. */
  async prune(isWanted: (volume: Volume) => boolean): Promise<{ removed: string[]; reclaimedBytes: number }> {
    const removed: string[] = []
    let reclaimedBytes = 0
    for (const volume of this.all()) {
      if (!isWanted(volume) || this.#usage.containersUsing(volume.name).length > 0) continue
      const sizeBytes = await directorySize(this.mountpoint(volume.name))
      await this.remove(volume.name, false)
      removed.push(volume.name)
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
   * Everything a new container mounts: what the client asked for, then donors' mounts, then the image's volumes where
   * nothing else is. Volumes are made and filled here. Undone when it throws.
   * @throws EngineError `invalid` with docker's words
   */
  async prepare(request: PrepareRequest): Promise<MountPoint[]> {
    const made: string[] = []
    try {
      const byDestination = new Map<string, Wanted>()
      for (const donor of request.volumesFrom) {
        for (const mount of donor.mounts) byDestination.set(mount.destination, asDonated(mount, donor.mode))
      }
      const asked = new Set<string>()
      const claim = (destination: string) => {
        if (asked.has(destination)) throw new EngineError('invalid', `Duplicate mount point: ${destination}`)
        asked.add(destination)
      }
      for (const text of request.binds) {
        const bind = parseBind(text)
        claim(bind.destination)
        byDestination.set(bind.destination, await this.#fromBind(bind, request.volumeDriver, made))
      }
      for (const mount of request.mounts) {
        const destination = cleanPath(mount.Target ?? '')
        claim(destination)
        byDestination.set(destination, await this.#fromMount(mount, destination, made))
      }
      for (const destination of Object.keys(request.tmpfs)) byDestination.delete(cleanPath(destination))
      for (const path of request.imageVolumes) {
        const destination = cleanPath(path)
        if (byDestination.has(destination) || destination in request.tmpfs) continue
        byDestination.set(destination, await this.#fromVolume('', destination, { mode: '', rw: true, copiesContent: true }, request.volumeDriver, made))
      }
      await this.#fill([...byDestination.values()], request)
      return [...byDestination.values()].map(({ mount }) => mount).sort((a, b) => a.destination.localeCompare(b.destination))
    } catch (error) {
      for (const name of made) await this.remove(name, true)
      throw error
    }
  }

  /** Makes sure that what will be mounted is there: a bind's folder may have been removed since. */
  async activate(mounts: readonly MountPoint[]): Promise<void> {
    for (const mount of mounts) if (mount.type === 'bind' && !(await exists(mount.source))) await mkdir(mount.source, { recursive: true })
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

  /** For `rm -v`: the container's anonymous volumes that nobody else has. */
  async removeAnonymous(mounts: readonly MountPoint[]): Promise<void> {
    for (const { name } of mounts) {
      const volume = name === undefined ? undefined : this.#volumes.get(name)
      if (volume && isAnonymous(volume) && this.#usage.containersUsing(volume.name).length === 0) await this.remove(volume.name, true)
    }
  }

  async #fromBind(bind: Bind, driver: string, made: string[]): Promise<Wanted> {
    const { source, destination, mode, isReadOnly, propagation } = bind
    if (!source.startsWith('/')) {
      return this.#fromVolume(
        source,
        destination,
        { mode: source === '' ? mode : mode || 'z', rw: !isReadOnly, copiesContent: bind.copiesContent },
        driver,
        made,
      )
    }
    const path = cleanPath(source)
    if (!(await exists(path))) await mkdir(path, { recursive: true })
    return {
      mount: { type: 'bind', source: path, destination, mode, rw: !isReadOnly, propagation: propagation || 'rprivate' },
      copiesContent: false,
      isNew: false,
    }
  }

  async #fromMount(mount: MountRequest, destination: string, made: string[]): Promise<Wanted> {
    const { Type: type = 'volume', Source: source = '', ReadOnly: isReadOnly = false } = mount
    const fail = (why: string) => new EngineError('invalid', `invalid mount config for type "${type}": ${why}`)
    if (destination === '') throw fail('field Target must not be empty')
    if (!destination.startsWith('/')) throw fail(`invalid mount path: '${destination}' mount path must be absolute`)
    const rw = !isReadOnly
    switch (type) {
      case 'bind': {
        if (source === '') throw fail('field Source must not be empty')
        if (!source.startsWith('/')) throw fail(`invalid mount path: '${source}' mount path must be absolute`)
        if (!(await exists(source))) {
          if (!mount.BindOptions?.CreateMountpoint) throw fail(`bind source path does not exist: ${source}`)
          await mkdir(source, { recursive: true })
        }
        const propagation = mount.BindOptions?.Propagation || 'rprivate'
        return { mount: { type, source, destination, mode: '', rw, propagation }, copiesContent: false, isNew: false }
      }
      case 'volume': {
        if (mount.VolumeOptions?.Subpath) throw new EngineError('not-implemented', 'VolumeOptions.Subpath is not implemented yet')
        const copiesContent = !mount.VolumeOptions?.NoCopy
        return this.#fromVolume(
          source,
          destination,
          { mode: source === '' ? '' : 'z', rw, copiesContent },
          mount.VolumeOptions?.DriverConfig?.Name ?? '',
          made,
          mount.VolumeOptions?.Labels,
        )
      }
      case 'tmpfs': {
        const { SizeBytes, Mode } = mount.TmpfsOptions ?? {}
        const tmpfsOptions = [...(SizeBytes ? [`size=${SizeBytes}`] : []), ...(Mode ? [`mode=${Mode.toString(8)}`] : []), ...(isReadOnly ? ['ro'] : [])]
        return { mount: { type, source: '', destination, mode: '', rw, propagation: '', tmpfsOptions }, copiesContent: false, isNew: false }
      }
      default:
        throw new EngineError('invalid', `mount type unknown: "${type}"`)
    }
  }

  async #fromVolume(
    name: string,
    destination: string,
    options: { mode: string; rw: boolean; copiesContent: boolean },
    driver: string,
    made: string[],
    labels?: Record<string, string>,
  ): Promise<Wanted> {
    const isNew = !this.#volumes.has(name)
    const volume = await this.create({ name, driver, labels: labels ?? null })
    if (isNew) made.push(volume.name)
    const { mode, rw, copiesContent } = options
    return {
      mount: { type: 'volume', name: volume.name, source: this.mountpoint(volume.name), destination, driver: 'local', mode, rw, propagation: '' },
      copiesContent,
      isNew,
    }
  }

  /** The first content of an empty volume is what the image has at that path. */
  async #fill(wanted: readonly Wanted[], request: PrepareRequest): Promise<void> {
    const empty: MountPoint[] = []
    for (const { mount, copiesContent } of wanted) {
      if (mount.type === 'volume' && copiesContent && (await readdir(mount.source)).length === 0) empty.push(mount)
    }
    if (empty.length === 0) return
    await request.withImageRoot(async (root) => {
      for (const mount of empty) {
        const source = await resolveInRoot(root, mount.destination)
        if (await isRealFolder(source)) await copyTree(source, mount.source)
      }
    })
  }
}

const LOCAL_OPTIONS = ['type', 'o', 'device', 'size']

/** @throws EngineError `invalid` for what the local driver does not know, `not-implemented` for the rest */
function refuseOptions(name: string, options: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(options)) if (!LOCAL_OPTIONS.includes(key)) throw new EngineError('invalid', `create ${name}: invalid option: "${key}"`)
  if (Object.keys(options).length > 0)
    throw new EngineError('not-implemented', `create ${name}: options of the local volume driver are not implemented by this engine`)
}

/** `--volumes-from name:ro` */
function asDonated(mount: MountPoint, mode: string): Wanted {
  return { mount: mode === 'ro' ? { ...mount, rw: false } : mount, copiesContent: false, isNew: false }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}

async function isRealFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
