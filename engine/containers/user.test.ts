import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveUser } from './user.ts'

const PASSWD = `root:x:0:0:root:/root:/bin/sh
# a comment: not a row
web:x:33:44:web:/srv/web:/bin/false
1000:x:7:8::/odd:/bin/sh
homeless:x:50:50::
`
const GROUP = `root:x:0:
www:x:44:
logs:x:70:web,other
audio:x:71:other,web
`

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'er-user-'))
  await mkdir(join(root, 'etc'))
  await writeFile(join(root, 'etc/passwd'), PASSWD)
  await writeFile(join(root, 'etc/group'), GROUP)
})
afterEach(() => rm(root, { recursive: true }))

describe('resolveUser', () => {
  it.each([
    ['nobody asked: root', '', { uid: 0, gid: 0, additionalGids: [], home: '/root' }],
    ['a name, with its groups', 'web', { uid: 33, gid: 44, additionalGids: [70, 71], home: '/srv/web' }],
    ['a number that has a name', '33', { uid: 33, gid: 44, additionalGids: [70, 71], home: '/srv/web' }],
    ['a number without a name', '4711', { uid: 4711, gid: 0, additionalGids: [], home: '/' }],
    ['a name that looks like a number', '1000', { uid: 7, gid: 8, additionalGids: [], home: '/odd' }],
    ['a group by name drops the memberships', 'web:logs', { uid: 33, gid: 70, additionalGids: [], home: '/srv/web' }],
    ['a group by number', 'web:99', { uid: 33, gid: 99, additionalGids: [], home: '/srv/web' }],
    ['both by number', '5:6', { uid: 5, gid: 6, additionalGids: [], home: '/' }],
    ['only a group', ':logs', { uid: 0, gid: 70, additionalGids: [], home: '/root' }],
    ['no home in the file', 'homeless', { uid: 50, gid: 50, additionalGids: [], home: '/' }],
  ])('%s', async (_, wanted, expected) => expect(await resolveUser(root, wanted, [])).toEqual(expected))

  it('adds the groups of --group-add once', async () => {
    expect((await resolveUser(root, 'web', ['audio', '90', '71'])).additionalGids).toEqual([70, 71, 90])
  })

  it.each([
    ['nosuch', [], 'unable to find user nosuch: no matching entries in passwd file'],
    ['web:nosuch', [], 'unable to find group nosuch: no matching entries in group file'],
    ['web', ['nosuch'], 'unable to find group nosuch: no matching entries in group file'],
  ])('%s %j: %s', async (wanted, groups, message) => {
    await expect(resolveUser(root, wanted, groups)).rejects.toThrow(expect.objectContaining({ kind: 'invalid', message }))
  })

  it('needs no files for numbers', async () => {
    await rm(join(root, 'etc'), { recursive: true })
    expect(await resolveUser(root, '12:34', ['56'])).toEqual({ uid: 12, gid: 34, additionalGids: [56], home: '/' })
  })

  it('does not follow a link out of the image', async () => {
    await writeFile(join(root, 'outside'), 'stranger:x:1:1::/:\n')
    await rm(join(root, 'etc/passwd'))
    await symlink(join(root, 'outside'), join(root, 'etc/passwd'))
    await expect(resolveUser(root, 'stranger', [])).rejects.toThrow('unable to find user stranger')
  })

  it('does not follow a link of the folder out of the image', async () => {
    await mkdir(join(root, 'elsewhere'))
    await writeFile(join(root, 'elsewhere/passwd'), 'stranger:x:1:1::/:\n')
    await rm(join(root, 'etc'), { recursive: true })
    await symlink(join(root, 'elsewhere'), join(root, 'etc'))
    await expect(resolveUser(root, 'stranger', [])).rejects.toThrow('unable to find user stranger')
  })
})
