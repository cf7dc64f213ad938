import { EngineError } from '../errors.ts'
import type { MountRequest } from './mount-request.ts'

// biome-ignore format: a table
const FLAGS = new Set([
  'defaults', 'ro', 'rw', 'suid', 'nosuid', 'dev', 'nodev', 'exec', 'noexec', 'sync', 'async', 'dirsync', 'remount', 'mand', 'nomand', 'atime',
  'noatime', 'diratime', 'nodiratime', 'bind', 'rbind', 'unbindable', 'runbindable', 'private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave',
  'relatime', 'norelatime', 'strictatime', 'nostrictatime',
])
const VALUES = new Set(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol'])

/** Docker's own come first, so that the user's win. */
const DEFAULTS = ['noexec', 'nosuid', 'nodev']

/**
 * The mount options of `--tmpfs /run:size=64m,exec`.
 * @throws EngineError `system` (sic: dockerd answers 500 when the container starts) for one that tmpfs does not have
 * @see tmpfs(5)
 */
export function tmpfsOptions(text: string): string[] {
  const options = text.split(',').filter(Boolean)
  for (const option of options) {
    const words = /^([^=]*)=(.*)$/s.exec(option)?.slice(1) ?? [option]
    if (words.length === 1 ? FLAGS.has(option) : VALUES.has(words[0] ?? '')) continue
    throw new EngineError('system', `invalid tmpfs option [${words.map((word) => JSON.stringify(word)).join(' ')}]`)
  }
  return [...DEFAULTS, ...options]
}

/** What `TmpfsOptions` of a mount may add to size and mode. */
const MOUNT_FLAGS = ['exec', 'noexec']

/** The options of a tmpfs from `HostConfig.Mounts`, without docker's defaults. @throws EngineError `invalid` for an unknown one */
export function tmpfsMountOptions({ TmpfsOptions, ReadOnly }: MountRequest): string[] {
  const { SizeBytes, Mode, Options = [] } = TmpfsOptions ?? {}
  const more = Options.map((words) => words.join('='))
  const unknown = more.find((option) => !MOUNT_FLAGS.includes(option))
  if (unknown !== undefined) throw new EngineError('invalid', `invalid mount config for type "tmpfs": invalid option: ${JSON.stringify(unknown)}`)
  return [...(SizeBytes ? [`size=${SizeBytes}`] : []), ...(Mode ? [`mode=${Mode.toString(8)}`] : []), ...(ReadOnly ? ['ro'] : []), ...more]
}
