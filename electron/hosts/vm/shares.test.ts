import { homedir } from 'node:os'
import { expect, test } from 'vitest'
import type { Capabilities } from './driver.ts'
import { prepareShares, sharedFolders, whyNotShared, withoutNested } from './shares.ts'

const capabilities: Capabilities = { shares: '9p', givesFilesAway: true, balloon: false, onlineResize: false, suspend: false }
const sharing = { capabilities }
const notSharing = { capabilities: { ...capabilities, shares: 'none' } } as const

test('what nobody has chosen is the home, where the driver can share it', () => {
  expect(sharedFolders({}, sharing)).toEqual([homedir()])
  expect(sharedFolders({}, sharing, '/')).toEqual([])
  expect(sharedFolders({}, sharing, '/nonexistent')).toEqual([])
  expect(sharedFolders({}, notSharing)).toEqual([])
  expect(sharedFolders({ shares: [] }, sharing)).toEqual([])
  expect(sharedFolders({ shares: ['/srv'] }, sharing)).toEqual(['/srv'])
})

test('a folder within another is there already', () => {
  expect(withoutNested(['/home/zoe/a', '/home/zoe', '/home/zo', '/home/zoe'])).toEqual(['/home/zoe', '/home/zo'])
})

test.each([
  ['/home/zoe', undefined],
  ['/root', undefined],
  ['/Users/zoë and co', undefined],
  ['/tmp/project', undefined],
  ['/var/www', undefined],
  ['/tmp', 'the guest has a /tmp of its own'],
  ['/usr/src', 'the guest has a /usr of its own'],
  ['/var', 'the guest has a /var/lib of its own'],
  ['/', 'the guest has a /bin of its own'],
  ['home', 'it is no absolute path'],
  ['C:\\Users\\zoe', 'it is no absolute path'],
  ['/home/../etc', 'it is no absolute path'],
  ['/home/a\nb', 'its name has characters that the guest is not told of'],
])('%j can be shared, unless: %s', (path, why) => expect(whyNotShared(path)).toBe(why))

test('a folder has to be there; each has a tag of its own', async () => {
  await expect(prepareShares(['/home/nobody-of-this-name'], sharing)).rejects.toThrow(
    '/home/nobody-of-this-name cannot be shared with the VM: it does not exist.',
  )
  await expect(prepareShares(['/home'], notSharing)).rejects.toThrow('cannot have folders')
  expect(await prepareShares(['/home', '/root'], sharing)).toEqual([
    { tag: 'share0', path: '/home' },
    { tag: 'share1', path: '/root' },
  ])
})
