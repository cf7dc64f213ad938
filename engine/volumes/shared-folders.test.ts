import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SharedFolders } from './shared-folders.ts'

let root: string
let folders: SharedFolders

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'engineroom-shared-'))
  for (const name of ['home/project', 'elsewhere', 'data']) await mkdir(join(root, name), { recursive: true })
  await symlink(join(root, 'elsewhere'), join(root, 'home/out'))
  await symlink('project', join(root, 'home/in'))
  await symlink('../not-in-the-guest', join(root, 'home/dangling'))
  folders = new SharedFolders([join(root, 'home')], join(root, 'data'))
})
afterAll(() => rm(root, { recursive: true }))

test.each(['home', 'home/', 'home//project', 'home/in', 'home/in/new/deeper', 'data/volumes/v/_data'])('%s is shared, or ours', (path) =>
  expect(folders.check(join(root, path))).resolves.toBeUndefined(),
)

test.each(['/dev', '/proc/sys', '/var/run/docker.sock', '/lib/modules'])('%s is of the machine', (path) => expect(folders.check(path)).resolves.toBeUndefined())

test.each(['elsewhere', 'home/out', 'home/out/new', 'home/dangling', 'home/dangling/new', 'homes', 'home/project/../../elsewhere', '', 'home/../../../etc'])(
  '%s is not shared',
  (path) => expect(folders.check(`${root}/${path}`)).rejects.toThrow(/^Mounts denied: The path \S+ is not shared/),
)

test('says how it is shared, with what is shared already', () =>
  expect(folders.check('/srv/data')).rejects.toThrow(`Share it: engineroom vm restart --share ${root}/home --share /srv/data`))
