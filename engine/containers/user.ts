import { lstat, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, hasCode } from '../errors.ts'

/** Who a process runs as. */
export interface ProcessUser {
  readonly uid: number
  readonly gid: number
  readonly additionalGids: readonly number[]
  readonly home: string
}

export interface PasswdEntry {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

export interface GroupEntry {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

/**
 * Resolves `user[:group]` (names or numbers) and `--group-add` in the container's own passwd and group files.
 * @param root the container's root file system
 * @throws EngineError `invalid` with docker's words when a name is unknown
 */
export async function resolveUser(root: string, wanted: string, groupAdd: readonly string[]): Promise<ProcessUser> {
  const passwd = parsePasswd(await readOwnFile(root, 'passwd'))
  const groups = parseGroup(await readOwnFile(root, 'group'))
  const cut = wanted.indexOf(':')
  const userText = cut < 0 ? wanted : wanted.slice(0, cut)
  const groupText = cut < 0 ? '' : wanted.slice(cut + 1)
  const entry = passwd.find((one) => one.name === userText || (isNumber(userText || '0') && one.uid === Number(userText || '0')))
  if (!entry && userText !== '' && !isNumber(userText)) {
    throw new EngineError('invalid', `unable to find user ${userText}: no matching entries in passwd file`)
  }
  const uid = entry?.uid ?? asId(userText || '0')
  const gid = groupText === '' ? (entry?.gid ?? 0) : groupId(groups, groupText)
  // An explicit group replaces the memberships of the group file, as under docker.
  const memberships = groupText === '' && entry ? groups.filter((group) => group.members.includes(entry.name)).map((group) => group.gid) : []
  const added = groupAdd.map((group) => groupId(groups, group))
  return { uid, gid, additionalGids: [...new Set([...memberships, ...added])], home: entry?.home || '/' }
}

function groupId(groups: readonly GroupEntry[], text: string): number {
  const found = groups.find((group) => group.name === text)
  if (found) return found.gid
  if (isNumber(text)) return asId(text)
  throw new EngineError('invalid', `unable to find group ${text}: no matching entries in group file`)
}

const HIGHEST_ID = 2 ** 31 - 1

function asId(text: string): number {
  const id = Number(text)
  if (id > HIGHEST_ID) throw new EngineError('invalid', `uids and gids must be in range 0-${HIGHEST_ID}`)
  return id
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text)
}

/** The text of a file in the container's /etc; a symbolic link, of the file or of the folder, could lead to the host's and is not followed. */
async function readOwnFile(root: string, name: string): Promise<string> {
  try {
    const folder = join(await realpath(root), 'etc')
    const path = join(folder, name)
    const isOwn = (await realpath(folder)) === folder && (await lstat(path)).isFile()
    return isOwn ? await readFile(path, 'utf8') : ''
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return ''
    throw error
  }
}

/** The lines of an `/etc/passwd`. @see passwd(5) */
export function parsePasswd(text: string): PasswdEntry[] {
  return rows(text).map(([name = '', , uid, gid, , home = '']) => ({ name, uid: Number(uid), gid: Number(gid), home }))
}

/** The lines of an `/etc/group`. @see group(5) */
export function parseGroup(text: string): GroupEntry[] {
  return rows(text).map(([name = '', , gid, members = '']) => ({ name, gid: Number(gid), members: members.split(',') }))
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.includes(':') && !line.startsWith('#'))
    .map((line) => line.trim().split(':'))
}
