import { describe, expect, it } from 'vitest'
import { propagationIn } from './mount-propagation.ts'

const MOUNTINFO = [
  '20 1 254:0 / / rw,relatime - ext4 /dev/root rw',
  '21 20 0:5 / /srv rw shared:3 - tmpfs tmpfs rw',
  '22 20 0:6 / /srv/deep rw master:3 propagate_from:1 - tmpfs tmpfs rw',
  '23 20 0:7 / /both rw shared:4 master:3 - tmpfs tmpfs rw',
  '24 20 0:8 / /both rw - tmpfs shared:9 rw',
  '',
].join('\n')

describe('propagationIn', () => {
  it.each([
    ['/home', { mountPoint: '/', isShared: false, isSlave: false }],
    ['/srv', { mountPoint: '/srv', isShared: true, isSlave: false }],
    ['/srv/deeper', { mountPoint: '/srv', isShared: true, isSlave: false }],
    ['/srv/deep/x', { mountPoint: '/srv/deep', isShared: false, isSlave: true }],
    ['/both', { mountPoint: '/both', isShared: false, isSlave: false }],
  ])('%s', (path, expected) => expect(propagationIn(MOUNTINFO, path)).toEqual(expected))
})
