import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { posix } from 'node:path'
import { codeOf } from '../../errors.ts'
import { PlainError } from '../plain-error.ts'
import type { VmDriver } from './driver.ts'
import type { VmSettings } from './settings.ts'

/** A folder of this computer that the guest has at the same path. */
export interface Share {
  /** What the guest knows it by. */
  readonly tag: string
  readonly path: string
}

/** What the guest has itself: a folder of this computer in its place would take its programs or its data away. */
const OF_THE_GUEST = [
  '/bin',
  '/boot',
  '/data',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/proc',
  '/run',
  '/sbin',
  '/sys',
  '/tmp',
  '/usr',
  '/var/lib',
  '/var/run',
]

/** In a folder of these, but not in their place: they are the guest's, and what is in them is not. */
const ONLY_BELOW = ['/tmp']

/** What nobody has chosen yet is the person's home, if it is one that can be shared: that of a service may be `/`, or not there. */
export function sharedFolders({ shares }: Pick<VmSettings, 'shares'>, { capabilities }: Pick<VmDriver, 'capabilities'>, home = homedir()): readonly string[] {
  if (shares) return shares
  return capabilities.shares !== 'none' && whyNotShared(home) === undefined && isFolder(home) ? [home] : []
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** What is within another is there already. */
export function withoutNested(paths: readonly string[]): string[] {
  const unique = [...new Set(paths)]
  return unique.filter((path) => !unique.some((other) => other !== path && isWithin(path, other)))
}

/**
 * Looks at each folder as the machine will find it.
 * @throws PlainError for what cannot be shared, or is not there
 */
export async function prepareShares(paths: readonly string[], { capabilities }: Pick<VmDriver, 'capabilities'>): Promise<Share[]> {
  if (paths.length > 0 && capabilities.shares === 'none')
    throw new PlainError('This VM cannot have folders of this computer.', 'Start it without: engineroom vm start --share none')
  for (const path of paths) {
    const why = whyNotShared(path) ?? (await whyNoFolder(path))
    if (why !== undefined)
      throw new PlainError(`${path} cannot be shared with the VM: ${why}.`, 'Name other folders: engineroom vm start --share DIR, or none: --share none')
  }
  return withoutNested(paths).map((path, index) => ({ tag: `share${index}`, path }))
}

/** @returns undefined when a folder at this path could be shared */
export function whyNotShared(path: string): string | undefined {
  if (!posix.isAbsolute(path) || posix.normalize(path) !== path || (path.endsWith('/') && path !== '/')) return 'it is no absolute path'
  // A line of a file tells the guest of it.
  if (/\p{Cc}|\s$/u.test(path)) return 'its name has characters that the guest is not told of'
  const own = OF_THE_GUEST.find((folder) => isWithin(folder, path) || (isWithin(path, folder) && !ONLY_BELOW.includes(folder)))
  return own === undefined ? undefined : `the guest has a ${own} of its own`
}

async function whyNoFolder(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isDirectory() ? undefined : 'it is no folder'
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'it does not exist'
    throw error
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}
