import { resolveUser } from '../containers/user.ts'
import { EngineError } from '../errors.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

const PREFIX = 'unable to convert uid/gid chown string to host mapping'

/**
 * Whom `--chown` means, by the names of the image; without a group, the one with the user's name or number.
 * @param root the image's files
 * @throws EngineError `invalid` with docker's words
 */
export async function chownOwner(root: string, chown: string): Promise<Owner> {
  const [user = '', group = user, ...more] = chown.split(':')
  if (more.length > 0) throw new EngineError('invalid', `${PREFIX}: invalid chown string format: ${chown}`)
  const uid = await idOf(user, `can't find uid for user ${user}: no such user: ${user}`, async () => (await resolveUser(root, user, [])).uid)
  const gid = await idOf(group, `can't find gid for group ${group}: no such group: ${group}`, async () => (await resolveUser(root, `0:${group}`, [])).gid)
  return { uid, gid }
}

async function idOf(text: string, complaint: string, find: () => Promise<number>): Promise<number> {
  if (/^\d+$/.test(text)) return Number(text)
  try {
    return await find()
  } catch (cause) {
    throw new EngineError('invalid', `${PREFIX}: ${complaint}`, { cause })
  }
}
