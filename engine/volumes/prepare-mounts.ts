import { lstat, mkdir, readdir, stat } from 'node:fs/promises'
import { EngineError, hasCode } from '../errors.ts'
import { copyTree } from '../linux/copy-tree.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import { type Bind, cleanPath, type MountPoint, parseBind } from './mount.ts'
import type { MountRequest } from './mount-request.ts'
import type { Volumes } from './volumes.ts'

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
}

/**
 * Everything a new container mounts: what the client asked for, then donors' mounts, then the image's volumes where
 * nothing else is. Volumes are made and filled here, within {@link Volumes.reserveFor}; those made are removed when it
 * throws.
 * @throws EngineError `invalid` with docker's words
 */
export async function prepareMounts(volumes: Volumes, request: PrepareRequest): Promise<MountPoint[]> {
  const preparation = new Preparation(volumes, request)
  try {
    const wanted = await preparation.collect()
    await fill(wanted, request)
    return wanted.map(({ mount }) => mount).sort((a, b) => a.destination.localeCompare(b.destination))
  } catch (error) {
    await preparation.undo()
    throw error
  }
}

/** Makes sure that what will be mounted is there: a bind's folder may have been removed since. */
export async function activateMounts(mounts: readonly MountPoint[]): Promise<void> {
  for (const mount of mounts) if (mount.type === 'bind') await ensureFolder(mount.source)
}

class Preparation {
  readonly #volumes: Volumes
  readonly #request: PrepareRequest
  readonly #made: string[] = []

  constructor(volumes: Volumes, request: PrepareRequest) {
    this.#volumes = volumes
    this.#request = request
  }

  async collect(): Promise<Wanted[]> {
    const { binds, mounts, tmpfs, imageVolumes, volumesFrom, volumeDriver } = this.#request
    const byDestination = new Map<string, Wanted>()
    for (const donor of volumesFrom) for (const mount of donor.mounts) byDestination.set(mount.destination, asDonated(mount, donor.mode))
    const asked = new Set<string>()
    const claim = (destination: string) => {
      if (asked.has(destination)) throw new EngineError('invalid', `Duplicate mount point: ${destination}`)
      asked.add(destination)
    }
    for (const text of binds) {
      const bind = parseBind(text)
      claim(bind.destination)
      byDestination.set(bind.destination, await this.#fromBind(bind))
    }
    for (const mount of mounts) {
      const destination = cleanPath(mount.Target ?? '')
      claim(destination)
      byDestination.set(destination, await this.#fromMount(mount, destination))
    }
    for (const destination of Object.keys(tmpfs)) byDestination.delete(cleanPath(destination))
    for (const path of imageVolumes) {
      const destination = cleanPath(path)
      if (byDestination.has(destination) || destination in tmpfs) continue
      byDestination.set(destination, await this.#fromVolume({ name: '', driver: volumeDriver }, { destination, mode: '', rw: true, copiesContent: true }))
    }
    return [...byDestination.values()]
  }

  /** Takes back the volumes that it made, unless somebody else has got one meanwhile. */
  async undo(): Promise<void> {
    for (const name of this.#made) {
      if (this.#volumes.usersOf(name).every((id) => id === this.#request.containerId)) await this.#volumes.discard(name)
    }
  }

  async #fromBind({ source, destination, mode, isReadOnly, copiesContent, propagation }: Bind): Promise<Wanted> {
    const rw = !isReadOnly
    if (!source.startsWith('/')) {
      const { volumeDriver } = this.#request
      return this.#fromVolume({ name: source, driver: volumeDriver }, { destination, mode: source === '' ? mode : mode || 'z', rw, copiesContent })
    }
    const path = cleanPath(source)
    await ensureFolder(path)
    return { mount: { type: 'bind', source: path, destination, mode, rw, propagation: propagation || 'rprivate' }, copiesContent: false }
  }

  async #fromMount(mount: MountRequest, destination: string): Promise<Wanted> {
    const { Type: type = 'volume', Source: source = '', ReadOnly: isReadOnly = false } = mount
    const fail = (why: string) => new EngineError('invalid', `invalid mount config for type "${type}": ${why}`)
    if (destination === '') throw fail('field Target must not be empty')
    if (!destination.startsWith('/')) throw fail(`invalid mount path: '${destination}' mount path must be absolute`)
    const rw = !isReadOnly
    switch (type) {
      case 'bind': {
        if (source === '') throw fail('field Source must not be empty')
        if (!source.startsWith('/')) throw fail(`invalid mount path: '${source}' mount path must be absolute`)
        if (mount.BindOptions?.CreateMountpoint) await ensureFolder(source)
        else if (!(await exists(source))) throw fail(`bind source path does not exist: ${source}`)
        const propagation = mount.BindOptions?.Propagation || 'rprivate'
        return { mount: { type, source, destination, mode: '', rw, propagation }, copiesContent: false }
      }
      case 'volume': {
        const { Subpath, NoCopy, DriverConfig, Labels } = mount.VolumeOptions ?? {}
        if (Subpath) throw new EngineError('not-implemented', 'VolumeOptions.Subpath is not implemented by this engine')
        const request = { name: source, driver: DriverConfig?.Name ?? '', labels: Labels ?? null, options: DriverConfig?.Options ?? null }
        return this.#fromVolume(request, { destination, mode: source === '' ? '' : 'z', rw, copiesContent: !NoCopy })
      }
      case 'tmpfs': {
        const { SizeBytes, Mode } = mount.TmpfsOptions ?? {}
        const tmpfsOptions = [...(SizeBytes ? [`size=${SizeBytes}`] : []), ...(Mode ? [`mode=${Mode.toString(8)}`] : []), ...(isReadOnly ? ['ro'] : [])]
        return { mount: { type, source: '', destination, mode: '', rw, propagation: '', tmpfsOptions }, copiesContent: false }
      }
      default:
        throw new EngineError('invalid', `mount type unknown: "${type}"`)
    }
  }

  async #fromVolume(
    request: Parameters<Volumes['create']>[0],
    place: { destination: string; mode: string; rw: boolean; copiesContent: boolean },
  ): Promise<Wanted> {
    const { volume, isNew } = await this.#volumes.obtain(request, this.#request.containerId)
    if (isNew) this.#made.push(volume.name)
    const { destination, mode, rw, copiesContent } = place
    const source = this.#volumes.mountpoint(volume.name)
    return { mount: { type: 'volume', name: volume.name, source, destination, driver: 'local', mode, rw, propagation: '' }, copiesContent }
  }
}

/** The first content of an empty volume is what the image has at that path. */
async function fill(wanted: readonly Wanted[], { withImageRoot }: PrepareRequest): Promise<void> {
  const empty: MountPoint[] = []
  for (const { mount, copiesContent } of wanted) {
    if (mount.type === 'volume' && copiesContent && (await readdir(mount.source)).length === 0) empty.push(mount)
  }
  if (empty.length === 0) return
  await withImageRoot(async (root) => {
    for (const mount of empty) {
      const source = await resolveInRoot(root, mount.destination)
      if (await isRealFolder(source)) await copyTree(source, mount.source)
    }
  })
}

/** `--volumes-from name:ro` */
function asDonated(mount: MountPoint, mode: string): Wanted {
  return { mount: mode === 'ro' ? { ...mount, rw: false } : mount, copiesContent: false }
}

/** Whatever is there stays as it is: it may be a file or a socket. */
async function ensureFolder(path: string): Promise<void> {
  if (!(await exists(path))) await mkdir(path, { recursive: true })
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
