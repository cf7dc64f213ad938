import { EngineError } from '../errors.ts'
import type { OciMount } from '../linux/oci.ts'

/** Something mounted into a container, as inspect shows it. @see Engine API 1.51 MountPoint */
export interface MountPoint {
  readonly type: 'bind' | 'volume' | 'tmpfs'
  /** Of a volume. */
  readonly name?: string
  readonly source: string
  readonly destination: string
  readonly driver?: string
  readonly mode: string
  readonly rw: boolean
  readonly propagation: string
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

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']
const MODES = ['ro', 'rw', 'z', 'Z', 'nocopy', 'consistent', 'cached', 'delegated', ...PROPAGATIONS]

/** `src:dst[:options]`, or `dst` alone. @throws EngineError `invalid` with docker's words */
export function parseBind(text: string): Bind {
  const parts = text.split(':')
  const [source = '', destination = '', mode = ''] = parts.length === 1 ? ['', parts[0]] : parts
  if (parts.length > 3 || destination === '') throw new EngineError('invalid', `invalid volume specification: '${text}'`)
  if (!destination.startsWith('/')) {
    throw new EngineError(
      'invalid',
      `invalid volume specification: '${text}': invalid mount config for type "volume": invalid mount path: '${destination}' mount path must be absolute`,
    )
  }
  if (destination.replace(/\/+$/, '') === '')
    throw new EngineError(
      'invalid',
      `invalid volume specification: '${text}': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    )
  const options = mode === '' ? [] : mode.split(',')
  if (options.some((option) => !MODES.includes(option))) throw new EngineError('invalid', `invalid mode: ${mode}`)
  return {
    source,
    destination: cleanPath(destination),
    mode,
    isReadOnly: options.includes('ro'),
    copiesContent: !options.includes('nocopy'),
    propagation: options.find((option) => PROPAGATIONS.includes(option)) ?? '',
  }
}

export function cleanPath(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1')
}

/** The mount as the runtime makes it. */
export function toOciMount(mount: MountPoint): OciMount {
  if (mount.type === 'tmpfs') {
    return { destination: mount.destination, type: 'tmpfs', source: 'tmpfs', options: ['noexec', 'nosuid', 'nodev', ...(mount.tmpfsOptions ?? [])] }
  }
  const propagation = mount.propagation || 'rprivate'
  return { destination: mount.destination, type: 'bind', source: mount.source, options: ['rbind', mount.rw ? 'rw' : 'ro', propagation] }
}
