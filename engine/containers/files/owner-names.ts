import { hasCode } from '../../errors.ts'
import { parseGroup, parsePasswd } from '../user.ts'
import type { RootView } from './root-view.ts'

/** What users and groups are called, by their numbers. */
export interface OwnerNames {
  readonly users: ReadonlyMap<number, string>
  readonly groups: ReadonlyMap<number, string>
}

export const NO_NAMES: OwnerNames = { users: new Map(), groups: new Map() }

/** A file of users that is larger is something else. */
const MOST_BYTES = 1024 * 1024

/** As the files' own `/etc/passwd` and `/etc/group` have them; the first of several names for a number, as getpwuid(3). */
export async function ownerNames(view: RootView): Promise<OwnerNames> {
  const [passwd, group] = await Promise.all([textAt(view, '/etc/passwd'), textAt(view, '/etc/group')])
  return {
    users: byNumber(parsePasswd(passwd).map(({ uid, name }) => [uid, name])),
    groups: byNumber(parseGroup(group).map(({ gid, name }) => [gid, name])),
  }
}

function byNumber(pairs: readonly (readonly [number, string])[]): ReadonlyMap<number, string> {
  return new Map(pairs.toReversed())
}

/** Empty for what is no regular file, or not there. */
async function textAt(view: RootView, path: string): Promise<string> {
  try {
    await using found = await view.locate(await view.resolve(path))
    if (!found.place) return ''
    await using file = await found.place.folder.openFile(found.place.name)
    const facts = await file.stat()
    return facts.isFile() && facts.size <= MOST_BYTES ? await file.readFile('utf8') : ''
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return ''
    throw error
  }
}
