import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { StatSchema } from './protocol/wire_pb.ts'
import { fingerprint, TreeReader } from './tree-entry.ts'

type StatInit = MessageInitShape<typeof StatSchema>

const FOLDER = { path: 'in', mode: 2 ** 31 + 0o755 }
const FILE = { path: 'in/file', mode: 0o4644, size: 3n, modTime: 5n }
const LINK = { path: 'link', mode: 2 ** 27 + 0o777, linkname: '/etc' }

function read(...stats: StatInit[]) {
  const reader = new TreeReader()
  return stats.map((stat) => reader.read(create(StatSchema, stat)))
}

it('reads what a client tells, with the number by which it is asked for', () => {
  const again = { path: 'in/other', mode: 0o644, linkname: 'in/file' }
  expect(read(FOLDER, FILE, again, LINK).map(({ id, path, kind, mode }) => [id, path, kind, mode])).toEqual([
    [0, 'in', 'folder', 0o755],
    [1, 'in/file', 'file', 0o644],
    [2, 'in/other', 'hard-link', 0o644],
    [3, 'link', 'symbolic-link', 0o777],
  ])
})

it.each<[string, StatInit[], string]>([
  ['that climbs', [{ path: '../x' }], 'invalid path in the build context: "../x"'],
  ['from the root', [{ path: '/x' }], 'invalid path in the build context: "/x"'],
  ['that is not tidy', [FOLDER, { path: 'in/./x' }], 'invalid path in the build context: "in/./x"'],
  ['that is nothing', [{ path: '' }], 'invalid path in the build context: ""'],
  ['with a zero in it', [{ path: 'a\0b' }], 'invalid path in the build context: "a\\u0000b"'],
  ['that comes twice', [FOLDER, FILE, FILE], '"in/file" is in the build context twice'],
  ['below nothing', [FILE], '"in/file" has no folder in the build context'],
  ['below a link', [LINK, { path: 'link/passwd' }], '"link/passwd" has no folder in the build context'],
  ['that is another name of nothing', [{ path: 'x', linkname: '../../etc/shadow' }], '"x" is a link to a file that is not in the build context'],
])('refuses a path %s', (_, stats, message) => {
  expect(() => read(...stats)).toThrow(message)
})

describe('a fingerprint', () => {
  const printOf = (stat: StatInit) => fingerprint(read(FOLDER, { ...FILE, ...stat })[1] ?? read(FOLDER)[0] ?? fail())
  const fail = () => {
    throw new Error('nothing was read')
  }

  it.each<[string, StatInit]>([
    ['size', { size: 4n }],
    ['time', { modTime: 6n }],
    ['mode', { mode: 0o600 }],
    ['kind', { mode: 2 ** 25 + 0o644 }],
  ])('is another when the %s is', (_, change) => expect(printOf(change)).not.toBe(printOf({})))
})
