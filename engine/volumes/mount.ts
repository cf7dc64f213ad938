import { posix } from 'node:path'
import { EngineError } from '../errors.ts'
import type { OciMount } from '../linux/oci.ts'

/** Something mounted into a container, as inspect shows it. @see Engine API 1.51 MountPoint */
export interface MountPoint {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'image'
  /** Of a volume; of an image, as the client typed it. */
  readonly name?: string
  /** Only for images. */
  readonly imageId?: string
  readonly source: string
  /** What is mounted of a volume or an image, if it is not all of it. */
  readonly subpath?: string
  readonly destination: string
  readonly driver?: string
  readonly mode: string
  readonly rw: boolean
  readonly propagation: string
  /** Without what is mounted below the source. */
  readonly isNonRecursive?: boolean
  /** How far down it is read-only: only at the top, or all of it or nothing; undefined does what the kernel can. */
  readonly readOnlyDepth?: 'top' | 'all'
  /** Only for tmpfs from `--mount`. */
  readonly tmpfsOptions?: readonly string[]
}

/** One `--volume` text, taken apart. */
export interface Bind {
  /** A host path, a volume's name, or empty for an anonymous volume. */
  readonly source: string
  readonly destination: string
  readonly mode: string
  readonly isReadOnly: boolean
  readonly copiesContent: boolean
  readonly propagation: string
}

export const PROPAGATIONS: readonly string[] = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']
const MODES = ['ro', 'rw', 'z', 'Z', 'nocopy', 'consistent', 'cached', 'delegated', ...PROPAGATIONS]

/**
 * `src:dst[:options]`, or `dst` alone.
 * @throws EngineError `invalid` with docker's words
 */
export function parseBind(text: string): Bind {
  const parts = text.split(':')
  const [source = '', destination = '', mode = ''] = parts.length === 1 ? ['', parts[0]] : parts
  const invalid = (why: string) => new EngineError('invalid', `invalid volume specification: '${text}'${why}`)
  if (parts[0] === '' || parts.length > 3 || (parts.length === 2 && isMode(destination))) throw invalid('')
  if (!isMode(mode)) throw new EngineError('invalid', `invalid mode: ${mode}`)
  const options = mode.split(',')
  const propagation = options.find((option) => PROPAGATIONS.includes(option)) ?? ''
  const type = source.startsWith('/') ? 'bind' : 'volume'
  const refused = (why: string) => invalid(`: invalid mount config for type "${type}": ${why}`)
  if (destination === '') throw refused('field Target must not be empty')
  if (!destination.startsWith('/')) throw refused(`invalid mount path: '${destination}' mount path must be absolute`)
  if (cleanPath(destination) === '/') throw refused("invalid specification: destination can't be '/'")
  if (type === 'bind' && options.includes('nocopy')) throw refused('field VolumeOptions must not be specified')
  if (type === 'volume' && propagation !== '') throw refused('field BindOptions must not be specified')
  return { source, destination: cleanPath(destination), mode, isReadOnly: options.includes('ro'), copiesContent: !options.includes('nocopy'), propagation }
}

/** Options behind a mount, separated by commas; none at all are fine. */
function isMode(text: string): boolean {
  const options = text === '' ? [] : text.split(',')
  return options.every((option) => MODES.includes(option)) && !isContradictory(options)
}

/**
 * `--volumes-from CONTAINER[:MODE]`. How mounts are shared, and whether volumes are filled, was decided with the other container.
 * @throws EngineError `invalid` with docker's words
 */
export function parseVolumesFrom(text: string): { reference: string; isReadOnly: boolean } {
  if (text === '') throw new EngineError('invalid', 'volumes-from specification cannot be an empty string')
  const [reference = '', ...rest] = text.split(':')
  const mode = rest.join(':')
  const options = mode === '' ? [] : mode.split(',')
  const isDecided = options.some((option) => PROPAGATIONS.includes(option) || option === 'nocopy')
  if (isDecided || !isMode(mode)) throw new EngineError('invalid', `invalid mode: ${mode}`)
  return { reference, isReadOnly: options.includes('ro') }
}

/** Of each kind of option there can be one. */
const EXCLUSIVE = [['ro', 'rw'], ['z', 'Z'], ['nocopy'], ['consistent', 'cached', 'delegated'], PROPAGATIONS]

function isContradictory(options: readonly string[]): boolean {
  return EXCLUSIVE.some((kind) => options.filter((option) => kind.includes(option)).length > 1)
}

/** As Go's `path.Clean` writes an absolute path: no `..`, and no slash at its end. */
export function cleanPath(path: string): string {
  return posix.normalize(path).replace(/(.)\/$/, '$1')
}

/**
 * The mount as the runtime makes it.
 * @param hasRecursiveReadOnly whether kernel and runtime can make everything below it read-only, too
 * @throws EngineError `system` when it was asked for that
 */
export function toOciMount(mount: MountPoint, hasRecursiveReadOnly: boolean): OciMount {
  if (mount.type === 'tmpfs') {
    return { destination: mount.destination, type: 'tmpfs', source: 'tmpfs', options: ['noexec', 'nosuid', 'nodev', ...(mount.tmpfsOptions ?? [])] }
  }
  const propagation = mount.propagation || 'rprivate'
  return {
    destination: mount.destination,
    type: 'bind',
    source: mount.source,
    options: [mount.isNonRecursive ? 'bind' : 'rbind', accessOf(mount, hasRecursiveReadOnly), propagation],
  }
}

function accessOf({ rw, readOnlyDepth, destination }: MountPoint, hasRecursiveReadOnly: boolean): string {
  if (rw) return 'rw'
  if (readOnlyDepth === 'top') return 'ro'
  if (hasRecursiveReadOnly) return 'rro'
  if (readOnlyDepth === 'all') throw new EngineError('system', `recursive read-only mounts are not supported by this kernel or runtime: ${destination}`)
  return 'ro'
}
