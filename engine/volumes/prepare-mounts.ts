import { lstat, mkdir, readdir, stat } from 'node:fs/promises'
import { EngineError, hasCode, messageOf } from '../errors.ts'
import { copyTree } from '../linux/copy-tree.ts'
import { propagationOf } from '../linux/mount-propagation.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import { type Bind, cleanPath, type MountPoint, parseBind } from './mount.ts'
import { checkMountRequest, type MountRequest, type MountType } from './mount-request.ts'
import type { SharedFolders } from './shared-folders.ts'
import { openSubpath } from './subpath.ts'
import { tmpfsMountOptions } from './tmpfs-options.ts'
import type { Volumes } from './volumes.ts'

export interface PrepareRequest {
  readonly containerId: string
  readonly binds: readonly string[]
  readonly mounts: readonly MountRequest[]
  readonly tmpfs: Readonly<Record<string, string>>
  /** Paths that the image or the client declared as volumes. */
  readonly imageVolumes: readonly string[]
  readonly volumesFrom: readonly { readonly containerId: string; readonly mounts: readonly MountPoint[]; readonly isReadOnly: boolean }[]
  readonly volumeDriver: string
  /** Only in a virtual machine: what may be bound. */
  readonly sharedFolders: SharedFolders | undefined
  /** Finds an image that is to be mounted, and keeps it for the container. @param destination says where it will be mounted on the way */
  readonly mountImage: (reference: string, destination: string) => Required<Pick<MountPoint, 'imageId' | 'source'>>
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
    await fill(volumes, wanted, request)
    return wanted.map(({ mount }) => mount).sort((a, b) => a.destination.localeCompare(b.destination))
  } catch (error) {
    await preparation.undo()
    throw error
  }
}

/**
 * Makes sure that what will be mounted is there, as a bind's folder may have been removed since, and can be shared.
 * @param sharedFolders only in a virtual machine: they may be others than when the container was made
 * @throws EngineError `system` (sic) with docker's words; `invalid` when it is not shared with the machine
 */
export async function activateMounts(mounts: readonly MountPoint[], sharedFolders: SharedFolders | undefined): Promise<void> {
  for (const { type, source, propagation } of mounts) {
    if (type !== 'bind') continue
    await sharedFolders?.check(source)
    await ensureFolder(source)
    if (/shared|slave/.test(propagation)) await checkPropagation(source, propagation)
  }
}

async function checkPropagation(source: string, wanted: string): Promise<void> {
  const { mountPoint, isShared, isSlave } = await propagationOf(source)
  const fail = (kind: string) => new EngineError('system', `path ${source} is mounted on ${mountPoint} but it is not a ${kind} mount`)
  if (wanted.endsWith('shared') && !isShared) throw fail('shared')
  if (wanted.endsWith('slave') && !isShared && !isSlave) throw fail('shared or slave')
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
    for (const donor of volumesFrom) for (const mount of donor.mounts) byDestination.set(mount.destination, this.#asDonated(mount, donor.isReadOnly))
    const tmpfsAt = new Set(Object.keys(tmpfs).map(cleanPath))
    const asked = new Set<string>()
    const claim = (destination: string) => {
      if (asked.has(destination)) throw new EngineError('invalid', `Duplicate mount point: ${destination}`)
      asked.add(destination)
    }
    for (const text of binds) {
      const bind = parseBind(text)
      claim(bind.destination)
      if (tmpfsAt.has(bind.destination)) throw new EngineError('invalid', `Duplicate mount point: ${bind.destination}`)
      byDestination.set(bind.destination, await this.#fromBind(bind))
    }
    for (const mount of mounts) {
      const checked = checkMountRequest(mount)
      claim(checked.destination)
      byDestination.set(checked.destination, await this.#fromMount(mount, checked))
    }
    for (const path of imageVolumes) {
      const destination = cleanPath(path)
      if (byDestination.has(destination) || tmpfsAt.has(destination)) continue
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
    await this.#request.sharedFolders?.check(path)
    await ensureFolder(path)
    return { mount: { type: 'bind', source: path, destination, mode, rw, propagation: propagation || 'rprivate' }, copiesContent: false }
  }

  async #fromMount(mount: MountRequest, { type, destination }: { type: MountType; destination: string }): Promise<Wanted> {
    const { Source: source = '', ReadOnly: isReadOnly = false } = mount
    const rw = !isReadOnly
    switch (type) {
      case 'bind': {
        const { Propagation, NonRecursive, CreateMountpoint, ReadOnlyNonRecursive, ReadOnlyForceRecursive } = mount.BindOptions ?? {}
        await this.#request.sharedFolders?.check(source)
        if (CreateMountpoint) await ensureFolder(source)
        else if (!(await exists(source))) throw new EngineError('invalid', `invalid mount config for type "bind": bind source path does not exist: ${source}`)
        const depth: MountPoint['readOnlyDepth'] = ReadOnlyForceRecursive ? 'all' : ReadOnlyNonRecursive ? 'top' : undefined
        const options = { ...(NonRecursive && { isNonRecursive: true }), ...(depth && { readOnlyDepth: depth }) }
        return { mount: { type, source, destination, mode: '', rw, propagation: Propagation || 'rprivate', ...options }, copiesContent: false }
      }
      case 'volume': {
        const { Subpath, NoCopy, DriverConfig, Labels } = mount.VolumeOptions ?? {}
        const request = { name: source, driver: DriverConfig?.Name ?? '', labels: Labels ?? null, options: DriverConfig?.Options ?? null }
        return this.#fromVolume(request, { destination, mode: source === '' ? '' : 'z', rw, copiesContent: !NoCopy, subpath: Subpath })
      }
      case 'image': {
        const subpath = mount.ImageOptions?.Subpath
        const found = this.#request.mountImage(source, destination)
        const point = { type, name: source, ...found, destination, mode: '', rw: false, propagation: 'rprivate', ...(subpath && { subpath }) }
        return { mount: point, copiesContent: false }
      }
      case 'tmpfs':
        return { mount: { type, source: '', destination, mode: '', rw, propagation: '', tmpfsOptions: tmpfsMountOptions(mount) }, copiesContent: false }
    }
  }

  async #fromVolume(
    request: Parameters<Volumes['create']>[0],
    place: { destination: string; mode: string; rw: boolean; copiesContent: boolean; subpath?: string | undefined },
  ): Promise<Wanted> {
    const { volume, isNew } = await this.#volumes.obtain(request, this.#request.containerId)
    if (isNew) this.#made.push(volume.name)
    const { destination, mode, rw, copiesContent, subpath } = place
    const source = this.#volumes.mountpoint(volume.name)
    const part = subpath ? { subpath } : {}
    return { mount: { type: 'volume', name: volume.name, source, destination, driver: 'local', mode, rw, propagation: '', ...part }, copiesContent }
  }

  /** `--volumes-from name:ro`. What is mounted of an image is mounted for each container. */
  #asDonated(mount: MountPoint, isReadOnly: boolean): Wanted {
    const own = mount.imageId === undefined ? {} : this.#request.mountImage(mount.imageId, mount.destination)
    return { mount: { ...mount, ...own, mode: '', rw: mount.rw && !isReadOnly }, copiesContent: false }
  }
}

/** The first content of an empty volume is what the image has at that path. */
async function fill(volumes: Volumes, wanted: readonly Wanted[], { withImageRoot, containerId }: PrepareRequest): Promise<void> {
  const fillable = wanted.filter(({ mount, copiesContent }) => mount.type === 'volume' && copiesContent).map(({ mount }) => mount)
  if (fillable.length === 0) return
  await withImageRoot(async (root) => {
    for (const mount of fillable) {
      const source = await resolveInRoot(root, mount.destination)
      if (!(await isRealFolder(source))) continue
      await using _mounted = await mounted(volumes, containerId, mount)
      await fillFrom(source, mount)
    }
  })
}

/** A part of a volume that is not there yet stays so: the start will say it. */
async function fillFrom(source: string, { source: volume, subpath }: MountPoint): Promise<void> {
  if (subpath === undefined) return copyIfEmpty(source, volume)
  try {
    await using part = await openSubpath(volume, subpath)
    if (part.isFolder) await copyIfEmpty(source, part.path)
  } catch (error) {
    if (!(error instanceof EngineError && error.kind === 'not-found')) throw new EngineError('invalid', `failed to populate volume: ${messageOf(error)}`)
  }
}

/** Into the folder behind the target: of a part of a volume, that is a link of /proc, which is not followed by itself. */
async function copyIfEmpty(source: string, target: string): Promise<void> {
  if ((await readdir(target)).length === 0) await copyTree(source, `${target}/.`)
}

/** A volume with driver options is filled where it is, not in the folder below. */
async function mounted(volumes: Volumes, containerId: string, mount: MountPoint): Promise<AsyncDisposable> {
  await volumes.mountFor(containerId, [mount])
  return { [Symbol.asyncDispose]: () => volumes.unmountFor(containerId, [mount]) }
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
